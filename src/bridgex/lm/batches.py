"""One canonical way to form batches: sorted by length, bounded in padded tokens.

In bfloat16 the shape of a batch changes the last bits of an activation, so how batches are formed
is part of every stage key (`SCHEME`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

PADDED_TOKENS = 1024
SCHEME = f"length-sorted, right-padded, at most {PADDED_TOKENS} padded tokens"
ON_A_GPU = "length-sorted, right-padded, sized for the memory of the GPU"


def scheme(device: str) -> str:
    """Return how batches are formed on a type of device."""
    return ON_A_GPU if device == "cuda" else SCHEME


@dataclass(frozen=True)
class Encoded:
    """One tokenised text.

    Attributes:
        ids: token ids, special tokens included.
        special: for each token, whether the tokenizer added it (BOS and the like), or a chat
            template wrote it in its place.
        word: for each token, whether it is of the quoted word; None where no word is quoted.
        straddling: number of tokens of the word that reach beyond it.
    """

    ids: tuple[int, ...]
    special: tuple[bool, ...]
    word: tuple[bool, ...] | None = None
    straddling: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    def counting_special(self) -> "Encoded":
        """Return the same text with its special tokens counted like any other."""
        return replace(self, special=(False,) * len(self))

    def without_end(self) -> "Encoded":
        """Return the same text, to be continued: without the special tokens at its end.

        Some tokenizers close a text with EOS or a separator. A text of special tokens alone keeps
        its first.
        """
        end = max(last_ordinary(self.special) + 1, 1)
        word = None if self.word is None else self.word[:end]
        return replace(self, ids=self.ids[:end], special=self.special[:end], word=word)


def last_ordinary(special: Sequence[bool | int]) -> int:
    """Return where the last token is that is not special; -1 where all are."""
    return max((at for at, flag in enumerate(special) if not flag), default=-1)


def quoted(
    ids: Sequence[int],
    special: Sequence[bool],
    offsets: Sequence[tuple[int, int]],
    span: tuple[int, int],
) -> Encoded:
    """Return a tokenised text with the tokens of a word marked.

    Args:
        ids: token ids.
        special: for each token, whether it is special.
        offsets: for each token, its first character and the one after its last.
        span: the same of the word.
    """
    start, stop = span
    word = [
        not flag and first < last and first < stop and last > start
        for flag, (first, last) in zip(special, offsets, strict=True)
    ]
    straddling = sum(
        of_word and (first < start or last > stop)
        for of_word, (first, last) in zip(word, offsets, strict=True)
    )
    return Encoded(tuple(ids), tuple(special), tuple(word), straddling)


@dataclass(frozen=True)
class Batch:
    """Texts of similar length, padded.

    Attributes:
        rows: position of each text in the sequence given to `batches`.
        ids: token ids, (texts, tokens) int64.
        attended: False where padded, (texts, tokens) bool.
        counted: True on tokens that are neither padding nor special, (texts, tokens) bool.
        word: True on tokens of the quoted word, (texts, tokens) bool; None unless every text of
            the batch quotes one.
        left_out: places of the tokens that are not counted, texts one after the other, int64.
    """

    rows: tuple[int, ...]
    ids: torch.Tensor
    attended: torch.Tensor
    counted: torch.Tensor
    word: torch.Tensor | None
    left_out: torch.Tensor

    @classmethod
    def of(
        cls,
        rows: tuple[int, ...],
        ids: torch.Tensor,
        attended: torch.Tensor,
        counted: torch.Tensor,
        word: torch.Tensor | None,
    ) -> "Batch":
        """Return a batch on the CPU, where looking for what is left out waits for no device."""
        return cls(rows, ids, attended, counted, word, (~counted).flatten().nonzero().squeeze(1))

    def to(self, device: torch.device) -> "Batch":
        """Return the same batch on another device, without waiting until a GPU has it."""
        if device == self.ids.device:
            return self
        return Batch(
            self.rows,
            moved(self.ids, device),
            moved(self.attended, device),
            moved(self.counted, device),
            None if self.word is None else moved(self.word, device),
            moved(self.left_out, device),
        )

    def halves(self) -> tuple["Batch", "Batch"]:
        """Split into two batches of half the texts each, for when memory runs out."""
        cut = len(self.rows) // 2
        first, second = (
            Batch.of(
                self.rows[part],
                self.ids[part],
                self.attended[part],
                self.counted[part],
                None if self.word is None else self.word[part],
            )
            for part in (slice(None, cut), slice(cut, None))
        )
        return first, second


def moved(values: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return values on another device; a copy to a GPU is begun, and waits for nothing."""
    if device.type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


def batches(
    texts: Sequence[Encoded], pad: int, padded_tokens: int = PADDED_TOKENS
) -> Iterator[Batch]:
    """Yield batches of at most ``padded_tokens`` tokens (or one text), shortest texts first.

    Args:
        texts: tokenised texts, in any order; ties in length keep that order.
        pad: token id to pad with.
        padded_tokens: bound on texts × longest text of a batch.
    """
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    rows: list[int] = []
    for row in order:
        if rows and (len(rows) + 1) * len(texts[row]) > padded_tokens:
            yield _pad(texts, rows, pad)
            rows = []
        rows.append(row)
    if rows:
        yield _pad(texts, rows, pad)


def _pad(texts: Sequence[Encoded], rows: list[int], pad: int) -> Batch:
    width = max(len(texts[row]) for row in rows)
    ids = torch.full((len(rows), width), pad)
    attended, counted, word = torch.zeros((3, len(rows), width), dtype=torch.bool)
    quoted = True
    for at, row in enumerate(rows):
        text = texts[row]
        ids[at, : len(text)] = torch.tensor(text.ids)
        attended[at, : len(text)] = True
        counted[at, : len(text)] = ~torch.tensor(text.special, dtype=torch.bool)
        if text.word is None:
            quoted = False
        else:
            word[at, : len(text)] = torch.tensor(text.word)
    return Batch.of(tuple(rows), ids, attended, counted, word if quoted else None)
