"""`bridgex ablate`: its numbers against a model whose weights were edited, and what it refuses."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import bridgex
from bridgex.bridges import BridgeSettings, bridge_sets
from bridgex.choosers import choose, chooser_named
from bridgex.errors import RequestError, TextError
from bridgex.evaluation.ablation import (
    ANCHOR,
    DONORS,
    RANDOM,
    SAME_SCRIPT,
    holds,
    targets_of,
)
from bridgex.experiments.ablated import Ablation
from bridgex.experiments.contrasts import further_draw, student
from bridgex.generation import GenerationSpec
from bridgex.languages import find
from bridgex.lm.ablation import TokenValues
from bridgex.neurons import NeuronSet, select
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.parsing import QUOTATION
from bridgex.texts import sample_corpus
from tests.bridges.build import DEPTH, WIDTH, language_neurons
from tests.choosers.asking import chooser_input, corpus

PAIR, BRIDGES, ITEMS, DRAWS = ("de", "id"), ("en", "es", "ar"), 2, 2
RATE = {"selection.rate": 0.2, "bridges.band": (0.1, 0.6)}


def texts(folder: Path) -> bridgex.Texts:
    """Three sentences of each language."""
    corpus(folder)
    arabic = "\n".join(sample_corpus(find("ar")).sentences[:6])
    (folder / "ar.txt").write_text(arabic, encoding="utf-8")
    return bridgex.Texts(corpus=folder, budget=bridgex.Budget(sentences=3))


def settings() -> bridgex.RankSettings:
    return bridgex.RankSettings().changed(RATE)


@pytest.fixture(scope="module", autouse=True)
def _short_answers() -> Iterator[None]:
    """A random model never closes a quotation, so it would write all of its thirty tokens."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("generation", "pivot_generation"):
            patched.setattr(Bli, name, GenerationSpec(4, QUOTATION))
        yield


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bridgex.Session:
    store = Store(tmp_path_factory.mktemp("store"))
    return bridgex.Session(str(tiny_folder), dtype="float32", store=store)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> bridgex.Texts:
    return texts(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def found(session: bridgex.Session, read: bridgex.Texts) -> Ablation:
    return session.ablate(
        *PAIR,
        bridges=BRIDGES,
        hows=("zero",),
        draws=DRAWS,
        texts=read,
        settings=settings(),
        asking=bridgex.TaskSettings(items=ITEMS),
    )


def test_it_has_every_set_way_and_control(found: Ablation) -> None:
    assert found.hows == ("zero",)
    names = (ANCHOR, *(f"bridge:{code}" for code in BRIDGES))
    assert [each.name for each in found.sets] == [*names]
    anchor, english, _, arabic = found.sets
    assert [each.strategy for each in anchor.changes] == ["direct", *names[1:]]
    assert [each.strategy for each in english.changes] == ["direct", "bridge:en"]
    own = found.own_chains("zero")
    assert list(own) == list(BRIDGES)
    assert set(own["en"].controls) == {RANDOM, SAME_SCRIPT}
    assert set(own["ar"].controls) == {RANDOM}  # no other candidate is in its script
    for code, change in own.items():
        control = change.controls[RANDOM]
        size = next(each.neurons for each in found.sets if each.name == f"bridge:{code}")
        assert (control.draws, control.neurons) == (DRAWS, size)
        assert control.difference == pytest.approx(change.value - control.value)
        assert 1 / (DRAWS + 1) <= control.p_draws <= 1
        assert 0 < control.p_set <= control.p_corrected <= 1
        assert control.interval is not None
        assert control.interval.low <= control.difference <= control.interval.high
        assert change.accuracy is not None
    assert set(arabic.perplexity) == {*PAIR, *BRIDGES}
    assert any("With 2 draws the spread" in note for note in found.notes)


def test_a_change_is_what_edited_weights_give(
    found: Ablation, session: bridgex.Session, read: bridgex.Texts
) -> None:
    """The anchor's columns of down_proj set to zero, and everything computed anew and slowly."""
    chosen = settings()
    spoken = [find(code) for code in (*PAIR, *BRIDGES)]
    stats = {
        each.code: session.stats(session.within(read.corpus_of(each), read.budget), "sentences")
        for each in spoken
    }
    sets = bridge_sets(select(stats, chosen.selection), PAIR, BRIDGES, chosen.bridges)
    model = session.load()
    edited: Any = copy.deepcopy(model.model)
    with torch.no_grad():
        for layer, mask in zip(edited.model.layers, sets.anchor.mask, strict=True):
            layer.mlp.down_proj.weight[:, mask] = 0
    evaluation = session.evaluate(
        *PAIR,
        strategies=["direct", *(f"bridge:{code}" for code in BRIDGES)],
        texts=read,
        asking=bridgex.TaskSettings(items=ITEMS),
    )

    def nats(net: Any, prompt: str, answer: str) -> float:
        """Log-probability of an answer, token by token (a token is a byte here)."""
        begun = model.tokenizer(prompt)["input_ids"]
        ids = model.tokenizer(prompt + answer)["input_ids"]
        with torch.inference_mode():
            logprobs = net(torch.tensor([ids])).logits.double().log_softmax(-1)[0]
        return sum(float(logprobs[at - 1, ids[at]]) for at in range(len(begun), len(ids)))

    def of_item(net: Any, outcome: bridgex.Outcome) -> float:
        each = [nats(net, outcome.prompt, f'"{answer}"') for answer in outcome.accepted]
        return math.log(sum(math.exp(value) for value in each))

    anchor = found.sets[0]
    assert (anchor.name, anchor.how, anchor.neurons) == (ANCHOR, "zero", len(sets.anchor))
    for result in evaluation.results:
        outcomes = [each for each in result.outcomes if each.prompt]
        changes = [of_item(edited, each) - of_item(model.model, each) for each in outcomes]
        change = anchor.change(result.strategy)
        assert change is not None
        assert change.items == len(outcomes)
        assert change.value == pytest.approx(sum(changes) / len(changes), abs=2e-4)
        whole = found.intact[result.strategy]
        expected = sum(of_item(model.model, each) for each in outcomes) / len(outcomes)
        assert whole.nats == pytest.approx(expected, abs=2e-4)
        assert whole.accuracy == result.value
    sentences = session.within(read.corpus_of(find("de")), read.budget).sentences
    halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in sentences]
    for net, value in ((model.model, "intact"), (edited, "silenced")):
        total = sum(nats(net, *half) for half in halves)
        tokens = sum(len(half[1].encode()) for half in halves)
        perplexity = getattr(anchor.perplexity["de"], value)
        assert perplexity == pytest.approx(math.exp(-total / tokens), rel=1e-4)


def test_a_resampled_set_has_several_donors_and_no_one_accuracy(
    session: bridgex.Session, read: bridgex.Texts
) -> None:
    resampled = session.ablate(
        *PAIR,
        bridges=("en", "es"),
        hows=("resample",),
        draws=1,
        texts=read,
        settings=settings(),
        asking=bridgex.TaskSettings(items=2),
    )
    assert all(change.accuracy is None for each in resampled.sets for change in each.changes)
    masks = (torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool))
    neurons = NeuronSet((), masks, "all")
    drawn = torch.arange(40.0).view(4, 10)
    values = TokenValues(neurons, (drawn.mean(1), drawn[:0, 0]), (drawn, drawn[:0]))
    own = holds(values, neurons, "resample")
    assert [int(each.values[0][0]) for each in own] == list(range(DONORS))
    (control,) = holds(values, neurons, "resample", draw=2)
    assert control.values[0].tolist() == drawn[:, DONORS + 2].tolist()
    assert len(holds(values, neurons, "mean")) == len(holds(values, neurons, "zero", 3)) == 1


def test_silencing_leaves_no_trace_and_stores_what_it_asked(
    found: Ablation, session: bridgex.Session, read: bridgex.Texts
) -> None:
    made = len(session.store.computed)
    again = session.ablate(
        *PAIR,
        bridges=BRIDGES,
        hows=("zero",),
        draws=DRAWS,
        texts=read,
        settings=settings(),
        asking=bridgex.TaskSettings(items=ITEMS),
    )
    assert again == found
    assert len(session.store.computed) == made
    assert "held" not in session.backend.identity


def test_what_cannot_be_ablated_is_refused(
    session: bridgex.Session, tiny_folder: Path, read: bridgex.Texts
) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"hows": ("half",)}, "There is no ablation 'half'"),
        ({"hows": ()}, "Nothing says how neurons are silenced"),
        ({"draws": 0}, "at least one draw"),
        ({"bridges": ("en",)}, "at least two"),
    ]
    for changes, message in refused:
        with pytest.raises(RequestError, match=message):
            session.ablate(*PAIR, texts=read, **changes)
    served = bridgex.Session(str(tiny_folder), generate_with="http://127.0.0.1:9")
    with pytest.raises(RequestError, match="only where the model itself answers in this process"):
        served.ablate(*PAIR)


def test_the_chooser_ranks_by_harm_beyond_random_neurons(tiny_folder: Path, tmp_path: Path) -> None:
    given = chooser_input(tiny_folder, tmp_path, texts=bridgex.Texts(corpus=corpus(tmp_path / "t")))
    choice = choose(chooser_named("ablation", settings()), given)
    assert set(choice.ranking.scores) == {"en", "es", "it"}
    assert choice.ranking.verdict.kind in {"tie", "clear"}
    (items,) = {score.items for score in choice.ranking.scores.values()}
    assert items is not None
    assert 8 <= items <= 10
    assert choice.cost.passes > 3 * 7 * items  # the whole model, the set, five random ones
    served = bridgex.Session(str(tiny_folder), generate_with="http://127.0.0.1:9")
    with pytest.raises(RequestError, match="a server answers here"):
        choose(
            chooser_named("ablation", settings()),
            chooser_input(tiny_folder, tmp_path, session=served),
        )
    with pytest.raises(TextError):
        choose(
            chooser_named("ablation", settings()), chooser_input(tiny_folder, tmp_path, words=None)
        )


def test_student_is_none_with_one_value_and_certain_without_spread() -> None:
    assert student([1.0]) == (None, None)
    bounds, p = student([2.0, 2.0])
    assert bounds is not None
    assert (bounds.low, bounds.high, p) == (2.0, 2.0, 0.0)
    assert student([0.0, 0.0])[1] == 1.0


def test_controls_share_nothing_with_what_they_control() -> None:
    neurons = language_neurons()
    settings = BridgeSettings(band=(0, 1))
    sets = bridge_sets(neurons, ("id", "he"), ("en", "de"), settings)
    rates = (torch.linspace(0, 1, WIDTH),) * DEPTH
    bridges = (find("en"), find("de"))
    found = targets_of(neurons, sets, bridges, rates, draws=4, seed=0)
    assert [each.name for each in found] == [ANCHOR, "bridge:en", "bridge:de"]
    for target, own in zip(found, ("anchor", "en", "de"), strict=True):
        for kind, drawn in target.controls.items():
            for each in drawn:
                assert not len(each & target.neurons)
                assert not len(each & sets.anchor) or own == "anchor"
                if own != "anchor":
                    assert not len(each & neurons[own])
                if kind == SAME_SCRIPT:
                    assert len(each - (sets.bridges["en"] | sets.bridges["de"])) == 0
    assert not found[2].controls[SAME_SCRIPT] or all(found[2].controls[SAME_SCRIPT])


def test_a_set_far_below_the_draws_is_told_from_them_and_one_among_them_is_not() -> None:
    """Five in a hundred sets that are draws themselves come out below 5 %."""
    generator = torch.Generator().manual_seed(0)
    sets = torch.randn(2000, 21, generator=generator, dtype=torch.float64)
    found = [further_draw(float(row[0]), row[1:]) for row in sets]
    assert 0.035 < sum(p <= 0.05 for p in found) / len(found) < 0.065
    draws = sets[0, 1:]
    assert further_draw(-6.0, draws) < 0.001
    assert further_draw(6.0, draws) > 0.999
    assert further_draw(-1.0, torch.zeros(3, dtype=torch.float64)) == 0.25
    assert further_draw(-1.0, torch.zeros(1, dtype=torch.float64)) == 0.5
