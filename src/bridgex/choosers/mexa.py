"""Which candidate's sentences lie nearest to their translations: MEXA (Kargaran et al. 2024)."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_leaving_out

SENTENCES = 100
"""Parallel sentences, on which MEXA's authors find its scores stable."""


@dataclass(frozen=True)
class Mexa:
    """Ranks by the alignment of sentences: the smaller of source–candidate and candidate–target.

    A sentence is aligned in a layer where its own translation is nearer, by cosine, than every
    other one, in both directions. The score is the share of aligned sentences, the smaller of the
    two sides in each layer, mean over all layers.

    Attributes:
        sentences: the most sentences.
        name: ``mexa``.
    """

    sentences: int = SENTENCES
    name: str = "mexa"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse texts that are not parallel; see `bridgex.choosers.base.require`.

        Raises:
            TextError: a language has no text, or the files have different numbers of lines.
        """
        inputs.texts.parallel((*inputs.pair, *inputs.candidates))

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the first parallel sentences.

        Raises:
            TextError: a language has no text, or the files have different numbers of lines.
        """
        read = [
            replace(corpus, sentences=corpus.sentences[: self.sentences])
            for corpus in inputs.texts.parallel((*inputs.pair, *inputs.candidates))
        ]
        with inputs.session.metered() as meter:
            source, target, *bridges = (inputs.session.embeddings(corpus) for corpus in read)
        sides = {
            code: (aligned(source, bridge), aligned(bridge, target))
            for code, bridge in zip(inputs.codes, bridges, strict=True)
        }
        shares = {
            code: torch.minimum(*(each.mean(1) for each in both)) for code, both in sides.items()
        }
        layers = range(len(source))
        ranking = by_leaving_out(
            self.name,
            inputs,
            {code: float(each.mean()) for code, each in shares.items()},
            {
                code: torch.minimum(*map(_without_each, both)).mean(0)
                for code, both in sides.items()
            },
            what="parallel sentences",
            items=dict.fromkeys(inputs.codes, len(read[0].sentences)),
            per_layer=(
                layers,
                {code: dict(enumerate(each.tolist())) for code, each in shares.items()},
            ),
            corpora={corpus.language.code: corpus.digest for corpus in read},
        )
        return Choice(ranking, self.name, meter.cost)


def aligned(first: Tensor, second: Tensor) -> Tensor:
    """Return 1 where a sentence is aligned, else 0: (layers, sentences) float64.

    Sentence i is aligned where the cosine of its two embeddings is above that of each of them with
    every other sentence of the other language.

    Args:
        first: embeddings in one language, (layers, sentences, width).
        second: of the same sentences in another.
    """
    cosines = normalize(first.double(), dim=-1) @ normalize(second.double(), dim=-1).mT
    own = cosines.diagonal(dim1=1, dim2=2)
    others = cosines.masked_fill(torch.eye(own.shape[1], dtype=torch.bool), -torch.inf)
    return (own > torch.maximum(others.amax(1), others.amax(2))).double()


def _without_each(hits: Tensor) -> Tensor:
    """Return the share of aligned sentences without each of them, (layers, sentences)."""
    return (hits.sum(1, keepdim=True) - hits) / (hits.shape[1] - 1)
