"""A loaded model with its tokenizer and the wiring of its neurons."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn

from bridgex.errors import ModelError
from bridgex.lm.architectures import architecture_of, refuse_unreadable, text_config
from bridgex.lm.batches import Encoded, quoted
from bridgex.lm.chat import render_chat
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.proof import prove
from bridgex.lm.rows import Architecture
from bridgex.lm.wiring import FeedForward, feed_forwards, text_model


class LanguageModel:
    """A decoder-only model of transformers with its tokenizer and its architecture row.

    Attributes:
        model: the transformers model, in evaluation mode.
        tokenizer: its tokenizer.
        identity: what determines its numbers.
        architecture: where its neurons are.
        layers: the FFN of each layer, in order.
        context: number of tokens it can read at once.
        takes_positions: whether its forward pass can be given the tokens' positions.
        embeddings: number of tokens it has an embedding for.
        pad: token id to pad with, which is never attended to and never counted.
        padded_tokens: what `bridgex.lm.budget` found to fit its GPU; None before.
    """

    def __init__(self, model: Any, tokenizer: Any, identity: ModelIdentity) -> None:
        refuse_unreadable(model.config, identity.name)
        if model.get_output_embeddings() is None:
            raise ModelError(
                f"{identity.name} has no language-model head; bridgex reads models that "
                "transformers loads as AutoModelForCausalLM."
            )
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.identity = identity
        self.architecture: Architecture = architecture_of(model)
        self.layers: tuple[FeedForward, ...] = feed_forwards(model, self.architecture)
        self.context = _context(text_config(model.config))
        self.takes_positions = "position_ids" in inspect.signature(self.base.forward).parameters
        self.embeddings = int(model.get_input_embeddings().weight.shape[0])
        self.pad = _padding_token(tokenizer, self.embeddings)
        self.padded_tokens: int | None = None
        prove(self)

    @property
    def base(self) -> nn.Module:
        """The text model without its head."""
        return text_model(self.model)

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of neurons of each layer."""
        return tuple(layer.width for layer in self.layers)

    @property
    def vocabulary(self) -> int:
        """Number of tokens it knows."""
        return int(text_config(self.model.config).vocab_size)

    def encode(
        self, texts: Sequence[str], *, special: bool = True, whole: bool = False
    ) -> list[Encoded]:
        """Tokenise texts, without truncation.

        Args:
            texts: what to tokenise.
            special: whether the tokenizer adds its special tokens (BOS); a chat template has
                added them already, and a BOS it begins with is marked as special too.
            whole: whether a text may be longer than the context, since it will be cut.

        Raises:
            ModelError: a text is longer than the model's context.
        """
        if not texts:
            return []
        out = self.tokenizer(
            list(texts), add_special_tokens=special, return_special_tokens_mask=True
        )
        encoded = [
            Encoded(tuple(ids), self._special(ids, mask))
            for ids, mask in zip(out["input_ids"], out["special_tokens_mask"], strict=True)
        ]
        if not whole:
            self._require_room(texts, encoded)
        return encoded

    def encode_prompts(
        self, prompts: Sequence[str], *, chat: bool, whole: bool = False
    ) -> list[Encoded]:
        """Tokenise prompts that are to be continued.

        What a tokenizer puts at the end of a text (EOS, a separator) is left out: what follows it
        would be another text.

        Args:
            prompts: what to tokenise.
            chat: whether they carry the special tokens of a chat template already.
            whole: whether a prompt may be longer than the context.

        Raises:
            ModelError: a prompt is longer than the model's context.
        """
        encoded = [
            text.without_end() for text in self.encode(prompts, special=not chat, whole=True)
        ]
        if not whole:
            self._require_room(prompts, encoded)
        return encoded

    def encode_quoted(
        self, prompts: Sequence[str], spans: Sequence[tuple[int, int]], *, special: bool = True
    ) -> list[Encoded]:
        """Tokenise prompts that quote a word each, and mark the tokens of the word.

        Special tokens at their end are left out, as in `encode_prompts`.

        A token is of the word when it covers a character of it; one that reaches beyond the word
        (``"fire`` as one token) is included and counted as straddling.

        Args:
            prompts: what to tokenise.
            spans: of each word, its first character in the prompt and the one after its last.
            special: whether the tokenizer adds its special tokens (BOS).

        Raises:
            ModelError: the tokenizer gives no offsets of its tokens in the text, drops a word,
                or a prompt is longer than the model's context.
        """
        if not getattr(self.tokenizer, "is_fast", False):
            raise ModelError(
                f"The tokenizer of {self.identity.name} gives no offsets of its tokens in the "
                "text, which pooling over the word needs; use pooling 'last' or 'mean', or a model "
                "with a tokenizer.json."
            )
        if not prompts:
            return []
        out = self.tokenizer(
            list(prompts),
            add_special_tokens=special,
            return_special_tokens_mask=True,
            return_offsets_mapping=True,
        )
        fields = (out["input_ids"], out["special_tokens_mask"], out["offset_mapping"])
        encoded = [
            quoted(ids, self._special(ids, mask), offsets, span).without_end()
            for ids, mask, offsets, span in zip(*fields, spans, strict=True)
        ]
        self._require_room(prompts, encoded)
        for prompt, (start, stop), text in zip(prompts, spans, encoded, strict=True):
            if not any(text.word or ()):
                raise ModelError(
                    f"The tokenizer of {self.identity.name} leaves nothing of "
                    f"'{prompt[start:stop]}'; leave that word out."
                )
        return encoded

    def _special(self, ids: Sequence[int], mask: Sequence[int]) -> tuple[bool, ...]:
        """Which tokens are special: those the tokenizer added, or a BOS that a template wrote."""
        flags = [bool(flag) for flag in mask]
        if ids and ids[0] == self.tokenizer.bos_token_id:
            flags[0] = True
        return tuple(flags)

    def _require_room(self, texts: Sequence[str], encoded: Sequence[Encoded]) -> None:
        for text, tokens in zip(texts, encoded, strict=True):
            if len(tokens) > self.context:
                raise ModelError(
                    f"A text of {len(tokens)} tokens is longer than the context of "
                    f"{self.context} ('{text[:40]}…'); shorten it."
                )

    def require_embeddings(self, texts: Iterable[Encoded | Sequence[int]]) -> None:
        """Refuse texts with a token that the model has no embedding for.

        Raises:
            ModelError: there is one; the message names it.
        """
        for text in texts:
            ids = text.ids if isinstance(text, Encoded) else text
            if ids and max(ids) >= self.embeddings:
                token = self.tokenizer.convert_ids_to_tokens(max(ids))
                raise ModelError(
                    f"The tokenizer of {self.identity.name} writes '{token}' as token {max(ids)}, "
                    f"but the model has embeddings for {self.embeddings} tokens only; use the "
                    "tokenizer that belongs to it, or resize its embeddings."
                )

    def not_a_number(self) -> ModelError:
        """Return the error of a model that computes values that are not a number or infinite."""
        return ModelError(
            f"{self.identity.name} computes values that are not a number in {self.identity.dtype}; "
            "load it with --dtype float32 or bfloat16."
        )

    def chat(self, prompt: str) -> str:
        """Return a prompt wrapped in the tokenizer's chat template; see `render_chat`."""
        return render_chat(self.tokenizer, [prompt], self.identity.name)[0]


UNLIMITED = 2048
"""Tokens read at once where the configuration states no bound (ALiBi), as trained: BLOOM, MPT."""


def _context(config: Any) -> int:
    names = ("max_position_embeddings", "n_positions", "max_seq_len")
    sizes = (getattr(config, name, None) for name in names)
    return int(next((size for size in sizes if size), UNLIMITED))


def _padding_token(tokenizer: Any, embeddings: int) -> int:
    """Any id that has an embedding serves: padded places are masked and never counted."""
    for candidate in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if candidate is not None and 0 <= candidate < embeddings:
            return int(candidate)
    return 0
