"""Alignment of parallel sentences, against loops over transformers' hidden states."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bridgex.choosers import ChooserInput
from bridgex.choosers.mexa import Mexa, aligned
from bridgex.errors import TextError
from bridgex.inputs import Texts
from bridgex.session import Cost
from tests.choosers.asking import CANDIDATES, PAIR, chooser_input, corpus


@pytest.fixture
def asked(tiny_folder: Path, tmp_path: Path) -> ChooserInput:
    return chooser_input(tiny_folder, tmp_path, texts=Texts(corpus=corpus(tmp_path / "texts")))


def test_the_share_of_sentences_nearest_to_their_translations(asked: ChooserInput) -> None:
    choice = Mexa(sentences=9).rank(asked)
    model = asked.session.load()

    def embedded(code: str) -> list[list[torch.Tensor]]:
        """Sentence → layer → mean of the states, the t-th token t times."""
        sentences = (asked.texts.corpus or Path()).joinpath(f"{code}.txt").read_text("utf-8")
        rows = []
        for sentence in sentences.splitlines()[:9]:
            text = model.encode([sentence])[0]
            with torch.inference_mode():
                out = model.base(input_ids=torch.tensor([text.ids]), output_hidden_states=True)
            places = [at for at, special in enumerate(text.special) if not special]
            rows.append(
                [
                    torch.stack([t * state[0, at] for t, at in enumerate(places, 1)]).sum(0)
                    for state in layer_outputs(out.hidden_states)
                ]
            )
        return rows

    def layer_outputs(states: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
        return list(states[1:-1])  # the last is after the final norm

    def share(
        first: list[list[torch.Tensor]], second: list[list[torch.Tensor]], layer: int
    ) -> float:
        def cosine(i: int, j: int) -> float:
            return float(torch.cosine_similarity(first[i][layer], second[j][layer], dim=0))

        hits = 0
        for i in range(9):
            others = [j for j in range(9) if j != i]
            hits += all(cosine(i, i) > max(cosine(i, j), cosine(j, i)) for j in others)
        return hits / 9

    source, target = (embedded(language.code) for language in PAIR)
    spread = set()
    for bridge in CANDIDATES:
        own = embedded(bridge.code)
        per_layer = choice.ranking.scores[bridge.code].per_layer
        for layer in range(len(own[0])):
            sides = share(source, own, layer), share(own, target, layer)
            assert per_layer[layer] == pytest.approx(min(sides))
            spread |= set(sides)
        value = choice.ranking.scores[bridge.code].value
        assert value == pytest.approx(sum(per_layer.values()) / len(per_layer))
    assert len(spread) > 2
    assert choice.cost == Cost(9 * 5)


def test_alignment_is_nearest_in_both_directions() -> None:
    first = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]])
    assert aligned(first, first).tolist() == [[1, 1, 1]]
    second = torch.tensor([[[1.0, 0.1], [5.0, 0.1], [3.0, 3.0]]])
    assert aligned(first, second).tolist() == [[0, 0, 1]]
    tied = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]])
    assert aligned(tied, tied).tolist() == [[0, 0, 1]], "as near to another is not nearest"


def test_texts_that_are_not_parallel_are_refused(asked: ChooserInput) -> None:
    folder = asked.texts.corpus
    assert folder is not None
    (folder / "it.txt").write_text("Uno.\nDue.\n", encoding="utf-8")
    with pytest.raises(TextError, match=r"it\.txt"):
        Mexa().require(asked)
    fewer = replace(asked, candidates=CANDIDATES[:2])
    Mexa().require(fewer)
