"""One canonical way to form batches: sorted by length, bounded in padded tokens.

In bfloat16 the shape of a batch changes the last bits of an activation, so how batches are formed
is part of every stage key (`SCHEME`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

PADDED_TOKENS = 1024
SCHEME = f"length-sorted, right-padded, at most {PADDED_TOKENS} padded tokens"


@dataclass(frozen=True)
class Encoded:
    """One tokenised text.

    Attributes:
        ids: token ids, special tokens included.
        special: for each token, whether the tokenizer added it (BOS and the like).
    """

    ids: tuple[int, ...]
    special: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Batch:
    """Texts of similar length, padded.

    Attributes:
        rows: position of each text in the sequence given to `batches`.
        ids: token ids, (texts, tokens) int64.
        attended: False where padded, (texts, tokens) bool.
        counted: True on tokens that are neither padding nor special, (texts, tokens) bool.
    """

    rows: tuple[int, ...]
    ids: torch.Tensor
    attended: torch.Tensor
    counted: torch.Tensor

    def to(self, device: torch.device) -> "Batch":
        """Return the same batch on another device."""
        return Batch(
            self.rows, self.ids.to(device), self.attended.to(device), self.counted.to(device)
        )

    def halves(self) -> tuple["Batch", "Batch"]:
        """Split into two batches of half the texts each, for when memory runs out."""
        cut = len(self.rows) // 2
        first, second = (
            Batch(self.rows[part], self.ids[part], self.attended[part], self.counted[part])
            for part in (slice(None, cut), slice(cut, None))
        )
        return first, second


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
    attended = torch.zeros((len(rows), width), dtype=torch.bool)
    counted = torch.zeros((len(rows), width), dtype=torch.bool)
    for at, row in enumerate(rows):
        length = len(texts[row])
        ids[at, :length] = torch.tensor(texts[row].ids)
        attended[at, :length] = True
        counted[at, :length] = ~torch.tensor(texts[row].special)
    return Batch(tuple(rows), ids, attended, counted)
