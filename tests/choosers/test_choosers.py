"""Each chooser against a slow, obvious computation of the same thing."""

import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

import bridgex
from bridgex.analysis.settings import RankSettings, preset
from bridgex.api import Session
from bridgex.bridges import BridgeRanking
from bridgex.choosers import (
    CHOOSERS,
    Choice,
    ChooserInput,
    all_choosers,
    choose,
    chooser_named,
    choosers_named,
    register_chooser,
)
from bridgex.choosers.chain_likelihood import ChainLikelihood
from bridgex.choosers.development import Development
from bridgex.choosers.english import English
from bridgex.choosers.internal import Internal
from bridgex.choosers.latent_language import LatentLanguage
from bridgex.choosers.overlap import Overlap
from bridgex.choosers.random import Random
from bridgex.choosers.ranking import by_value
from bridgex.choosers.recommend import recommended
from bridgex.choosers.typology import Typology
from bridgex.choosers.uriel import Vectors, distance, read_vectors
from bridgex.errors import RequestError, TextError
from bridgex.evaluation.run import run
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.session import Cost
from bridgex.tasks.items import PivotContext
from bridgex.tasks.split import split_words
from bridgex.texts import fold, sample_lexicon
from tests.choosers.asking import CANDIDATES, PAIR, chooser_input, corpus, words


@pytest.fixture
def asked(tiny_folder: Path, tmp_path: Path) -> ChooserInput:
    return chooser_input(tiny_folder, tmp_path)


@pytest.fixture(scope="module")
def warm(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ChooserInput:
    store = tmp_path_factory.mktemp("store")
    return chooser_input(tiny_folder, store, texts=Texts(corpus=corpus(store / "texts")))


def test_names() -> None:
    def named(*names: str, settings: RankSettings | None = None) -> list[str]:
        return [each.name for each in choosers_named(names, settings or RankSettings())]

    assert named("english", " random ") == ["english", "random"]
    kinds = named("typology", "internal:paper")
    assert kinds[:2] == ["typology:family", "typology:geography"]
    assert kinds[-1] == "internal:paper"
    assert set(named(*CHOOSERS)) == set(CHOOSERS)
    assert all(CHOOSERS[name].name == name for name in CHOOSERS)
    with pytest.raises(RequestError, match="Did you mean 'typology:syntax'"):
        named("typology:sintax")
    with pytest.raises(RequestError, match="The oracle is no chooser"):
        named("english", "oracle")


def test_internal_is_the_one_under_the_settings_of_the_run() -> None:
    own = preset("demo").changed({"selection.rate": 0.05, "bridges.seed": 3})
    (chooser,) = choosers_named(["internal"], own)
    assert chooser == Internal(own)
    assert chooser.name == "internal:demo[selection.rate=0.05,bridges.seed=3]"
    twice = choosers_named(["internal", "internal:paper", " internal"], preset("paper"))
    assert [each.name for each in twice] == ["internal:paper"]
    everything = [each.name for each in all_choosers(own)]
    assert everything == [chooser.name, *CHOOSERS]
    assert sorted(each.name for each in all_choosers(preset("demo"))) == sorted(CHOOSERS)


@dataclass(frozen=True)
class Called:
    """A chooser of one's own that puts the last candidate first."""

    name: str = "last_first"
    ranked: tuple[str, ...] = ()

    def rank(self, inputs: ChooserInput) -> Choice:
        values = {code: float(at) for at, code in enumerate(self.ranked or inputs.codes)}
        return Choice(by_value(self.name, inputs, values, why="is last"), self.name, Cost())


def test_choosers_of_ones_own_are_taken_as_they_are() -> None:
    usual = RankSettings()
    assert choosers_named([Called(), "english", Called()], usual) == (Called(), English())
    assert choosers_named([Called], usual) == (Called(),)  # type: ignore[list-item]
    assert chooser_named(Called(), usual) == Called()
    with pytest.raises(RequestError, match="Two choosers are called 'english'"):
        choosers_named(["english", Called("english")], usual)
    with pytest.raises(RequestError, match="No chooser can be called 'oracle'"):
        choosers_named([Called("oracle")], usual)
    with pytest.raises(RequestError, match="No chooser can be called 'oracle'"):
        register_chooser(Called("oracle"))
    with pytest.raises(RequestError, match="int is not a chooser"):
        choosers_named([7], usual)  # type: ignore[list-item]


def test_a_registered_chooser_is_known_until_it_is_removed() -> None:
    register_chooser(Called())
    try:
        assert chooser_named("last_first", RankSettings()) == Called()
        assert "last_first" in bridgex.list_choosers()
        with pytest.raises(RequestError, match="There is a chooser 'last_first' already"):
            register_chooser(Called())
    finally:
        CHOOSERS.unregister("last_first")
    with pytest.raises(RequestError, match="There is no chooser 'last_first'"):
        chooser_named("last_first", RankSettings())


def test_what_is_no_choice_among_the_candidates_is_refused(asked: ChooserInput) -> None:
    assert choose(Called(), asked).ranking.best == "it"
    with pytest.raises(RequestError, match="last_first ranked en; rank all candidates: en, es, it"):
        choose(Called(ranked=("en",)), asked)

    class Silent:
        name = "silent"

        def rank(self, inputs: ChooserInput) -> Choice:
            return None  # type: ignore[return-value]

    with pytest.raises(RequestError, match="The chooser silent returned NoneType"):
        choose(Silent(), asked)


def test_english(asked: ChooserInput) -> None:
    choice = English().rank(asked)
    ranking = choice.ranking
    assert ranking.best == "en"
    assert ranking.verdict.kind == "untested"
    assert choice.cost == Cost()
    with pytest.raises(RequestError, match="not among the candidates of de-id"):
        English().rank(replace(asked, candidates=CANDIDATES[1:]))


def test_random_depends_on_seed_and_pair_alone(asked: ChooserInput) -> None:
    def drawn(inputs: ChooserInput, seed: int = 0) -> dict[str, float | None]:
        ranking = Random(seed).rank(inputs).ranking
        return {code: score.value for code, score in ranking.scores.items()}

    values = drawn(asked)
    assert drawn(replace(asked, candidates=CANDIDATES[::-1])) == values
    firsts = {Random(seed).rank(asked).ranking.best for seed in range(40)}
    assert firsts == {"en", "es", "it"}
    assert drawn(replace(asked, pair=PAIR[::-1])) != values


def test_overlap_counts_shared_neurons(warm: ChooserInput) -> None:
    choice = Overlap().rank(warm)
    ranking = choice.ranking
    probability = {}
    for each in (*PAIR, *CANDIDATES):
        stats = warm.session.stats(warm.texts.corpus_of(each), "sentences")
        probability[each.code] = torch.cat(stats.probability())
    size = round(0.01 * len(probability["de"]))
    for code, score in ranking.scores.items():
        assert score.size == size
        shared = ranking.provenance["shared"][code]
        assert score.value == sum(shared)
        assert all(0 <= each <= size for each in shared)
    top = {
        code: {(at // 40, at % 40) for at in row.argsort(descending=True)[:size].tolist()}
        for code, row in probability.items()
        if float(row.sort(descending=True).values[size - 1 : size + 1].diff().abs()) > 0
    }
    for code in {"en", "es", "it"} & set(top):
        if "de" in top:
            assert ranking.provenance["shared"][code][0] == len(top[code] & top["de"])
    read = sum(len(warm.texts.corpus_of(each).sentences) for each in (*PAIR, *CANDIDATES))
    assert choice.cost == Cost(read)


def test_internal_is_the_ranking_on_the_probes_words(warm: ChooserInput, tiny_folder: Path) -> None:
    probe = split_words(sample_lexicon(*PAIR)).parts.probe
    few = replace(probe, entries=dict(list(probe.entries.items())[:12]))
    choice = Internal(preset("demo")).rank(replace(warm, probe=few))
    ranking = choice.ranking
    same = bridgex.rank(
        "de",
        "id",
        model=Session(str(tiny_folder), dtype="float32", store=warm.session.store),
        candidates=["en", "es", "it"],
        texts=Texts(lexicon=few, corpus=warm.texts.corpus),
        settings="demo",
    )
    assert dict(ranking.scores) == dict(same.scores)
    assert ranking.verdict == same.verdict
    sentences = sum(len(warm.texts.corpus_of(each).sentences) for each in (*PAIR, *CANDIDATES))
    with warm.session.metered() as asked_for_words:
        warm.session.probe(few, preset("demo").probe)
    assert asked_for_words.cost.passes == 8
    assert 8 < asked_for_words.cost.generated <= 8 * 30
    assert choice.cost == Cost(sentences + 8 + 8, asked_for_words.cost.generated)
    with pytest.raises(TextError, match="no dictionary for German–Indonesian"):
        Internal(preset("demo")).rank(replace(warm, probe=None))


@pytest.mark.parametrize("shots", [0, 2])
def test_development_counts_right_answers(warm: ChooserInput, shots: int) -> None:
    asked = replace(warm, shots=shots)
    choice = Development().rank(asked)
    ranking = choice.ranking
    task = asked.task.on_development()
    right: dict[str, float] = {}
    through = 0
    for strategy in (DIRECT, *(Strategy(each) for each in CANDIDATES)):
        outcomes = run(asked.session, task, strategy, shots=shots).outcomes
        right[str(strategy)] = sum(
            each.answer is not None
            and fold(each.answer, PAIR[1]) in {fold(word, PAIR[1]) for word in each.accepted}
            for each in outcomes
        )
        through += sum(bool(each.prompt) for each in outcomes if strategy.bridge)
        assert [each.item for each in outcomes] == [each.id for each in asked.task.development]
    for code, score in ranking.scores.items():
        assert score.value == right[f"bridge:{code}"] / 10
    assert ranking.provenance["direct"] == right["direct"] / 10
    assert choice.cost.passes == 10 * 3 + 10 + through
    assert 10 * 3 + 10 * 4 < choice.cost.generated <= 10 * 3 * 30 + 10 * 4 * 30


def test_development_advises_a_bridge_only_beyond_chance(
    asked: ChooserInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = {"direct": 5, "bridge:en": 5, "bridge:es": 3, "bridge:it": 0}

    class Fake:
        def __init__(self, count: int) -> None:
            self.scores = [1.0] * count + [0.0] * (10 - count)

    monkeypatch.setattr(
        "bridgex.choosers.development.run",
        lambda _session, _task, strategy, **_: Fake(right[str(strategy)]),
    )
    assert recommended(asked, Development()).strategy == DIRECT
    right["bridge:it"] = 10
    advised = recommended(asked, Development())
    assert advised.choice.ranking.best == "it"
    assert advised.strategy == DIRECT, "5 of 10 more are no evidence for the best of three"
    right["direct"] = right["bridge:en"] = 3
    advised = recommended(asked, Development())
    assert str(advised.strategy) == "bridge:it"
    assert advised.gain is not None
    assert advised.gain.p_value == pytest.approx(3 / 2**7)
    assert "gains 7 items and loses 0: odds 255 to 1 that it helps, by +54.4 points" in (
        advised.reason
    )
    empty = replace(asked, task=replace(asked.task, development=()))
    with pytest.raises(TextError, match="no development items for German–Indonesian"):
        Development().rank(empty)


@pytest.mark.parametrize("shots", [0, 2])
def test_chain_likelihood_is_transformers_own_loss(warm: ChooserInput, shots: int) -> None:
    asked = replace(warm, shots=shots)
    task = asked.words
    assert task is not None
    choice = ChainLikelihood().rank(asked)
    ranking = choice.ranking
    model = asked.session.load()

    def nats(prompt: str, word: str) -> float:
        """Sum over the tokens of the word, from the loss of a single text."""
        before, whole = (
            torch.tensor([list(model.encode([text])[0].ids)]) for text in (prompt, prompt + word)
        )
        labels = whole.clone()
        labels[:, : before.shape[1]] = -100
        with torch.inference_mode():
            loss = model.model(input_ids=whole, labels=labels).loss
        return -float(loss) * int((labels != -100).sum())

    counted = ranking.provenance["words"]
    goals = sample_lexicon(*PAIR).without_identical()[0].entries
    assert 8 <= len(counted) <= 10
    for bridge in CANDIDATES:
        total = 0.0
        solved = [(each, task.known_pivot(each, bridge)) for each in task.examples]
        into = "".join(f'Deutsch:"{e.context}"→{bridge.endonym}:"{k}"\n' for e, k in solved if k)
        into = "".join(into.splitlines(keepends=True)[:shots])
        through = "".join(
            f'{task.prompt(e, PivotContext(bridge, k))}"{e.accepted[0]}"\n'
            for e, k in solved[:shots]
            if k
        )
        for word in counted:
            known = task.dictionaries[bridge.code].entries[word][0]
            goal = goals[word]
            start = f'Deutsch:"{word}"→{bridge.endonym}:'
            total += nats(into + start, f'"{known}"')
            total += nats(through + start + f'"{known}"→Indonesia:', f'"{goal[0]}"')
        assert ranking.scores[bridge.code].value == pytest.approx(total / len(counted), rel=1e-4)
    assert choice.cost == Cost(2 * 3 * len(counted))


def test_a_relative_chain_is_held_against_one_about_nothing(warm: ChooserInput) -> None:
    choice = ChainLikelihood(relative=True).rank(warm)
    plain = ChainLikelihood().rank(warm)
    counted = plain.ranking.provenance["words"]
    task = warm.words
    assert task is not None
    goals = sample_lexicon(*PAIR).without_identical()[0].entries
    prompts, words = [], []
    for word in counted:
        prompts += ['Deutsch:""→Español:', 'Deutsch:""→Español:""→Indonesia:']
        words += [task.dictionaries["es"].entries[word][0], goals[word][0]]
    scored = warm.session.score(prompts, [[f'"{word}"'] for word in words], chat=False, what="")
    unconditional = sum(each.nats[0] for each in scored if each.nats) / len(counted)
    expected = (plain.ranking.scores["es"].value or 0.0) - unconditional
    assert choice.ranking.scores["es"].value == pytest.approx(expected)
    assert choice.cost == plain.cost + plain.cost
    named = chooser_named("chain_likelihood", RankSettings())
    assert named == ChainLikelihood(), "a name that begins others' is its own"


def test_chain_likelihood_names_candidates_without_a_dictionary(warm: ChooserInput) -> None:
    task = warm.words
    assert task is not None
    kept = {code: each for code, each in task.dictionaries.items() if code != "es"}
    choice = ChainLikelihood().rank(replace(warm, words=replace(task, dictionaries=kept)))
    ranking = choice.ranking
    assert ranking.scores["es"].value is None
    assert ranking.scores["en"].value is not None
    assert ranking.notes == ("No dictionary from German into Spanish.",)
    with pytest.raises(TextError, match="No dictionary leads from German"):
        ChainLikelihood().rank(replace(warm, words=replace(task, dictionaries={})))
    with pytest.raises(TextError, match="no dictionary for German–Indonesian"):
        ChainLikelihood().rank(replace(warm, words=None))
    with pytest.raises(TextError, match="no development word"):
        ChainLikelihood().rank(replace(warm, words=replace(task, development=())))


@pytest.mark.parametrize("shots", [0, 1])
def test_latent_language_is_the_logit_lens_by_hand(warm: ChooserInput, shots: int) -> None:
    task = words(40)
    asked = replace(warm, shots=shots, words=task)
    choice = LatentLanguage().rank(asked)
    ranking = choice.ranking
    model = asked.session.load()
    layers = (5, 6, 7, 8)  # of 10, from a half to 0.85
    assert ranking.layers == layers
    norm: Any = model.base.norm
    head = model.model.lm_head
    example = task.examples[0]
    solved = f'Deutsch:"{example.context}"→Indonesia:"{example.accepted[0]}"\n' * shots
    found: dict[str, dict[str, float]] = {each.code: {} for each in CANDIDATES}
    for item in task.development:
        prompt = f'{solved}Deutsch:"{item.context}"→Indonesia:"'
        ids = torch.tensor([list(model.encode([prompt])[0].ids)])
        with torch.inference_mode():
            states = model.base(input_ids=ids, output_hidden_states=True).hidden_states
            lens = torch.stack([head(norm(states[at + 1][0, -1])).softmax(-1) for at in layers])

        def first(word: str) -> int:
            return int(model.tokenizer(word, add_special_tokens=False)["input_ids"][0])

        taken = {first(word) for word in (item.context, *item.accepted)}
        for bridge in CANDIDATES:
            known = task.dictionaries[bridge.code].entries.get(item.context, ())
            own = {first(word) for word in known} - taken
            if own:
                value = float(lens[:, sorted(own)].sum(1).mean())
                found[bridge.code][item.id] = value
    enough = [code for code, values in found.items() if len(values) >= 8]
    shared = [
        item.id for item in task.development if all(item.id in found[code] for code in enough)
    ]
    assert len(enough) > 1
    assert len(shared) < max(len(values) for values in found.values())
    for code, values in found.items():
        left_out = sum(ranking.provenance["left_out"][code].values())
        assert left_out + len(values) == len(task.development)
        if code not in enough:
            assert ranking.scores[code].value is None
            continue
        assert ranking.scores[code].items == len(shared)
        expected = sum(values[name] for name in shared) / len(shared)
        assert ranking.scores[code].value == pytest.approx(expected, rel=1e-4)
        mean = sum(ranking.scores[code].per_layer.values()) / len(layers)
        assert ranking.scores[code].value == pytest.approx(mean)
    assert any(len(values) < len(task.development) for values in found.values())
    assert choice.cost == Cost(40)


KINDS: tuple[Vectors, ...] = ("family", "geography", "syntax", "phonology", "inventory")
PREFIXES = {"family": "F_", "geography": "GC_", "syntax": "S_", "phonology": "P_"}


@pytest.mark.parametrize("kind", KINDS)
def test_typology_is_the_mean_cosine(asked: ChooserInput, kind: Vectors) -> None:
    package = pytest.importorskip("importlib.util").find_spec("lang2vec")
    if package is None:
        pytest.skip("needs the tables of lang2vec, which is not installed")
    folder = Path(package.submodule_search_locations[0]) / "data"
    names = {"family": "family_features", "geography": "geocoord_features"}
    table = dict(numpy.load(folder / f"{names.get(kind, 'feature_averages')}.npz"))
    guess = dict(numpy.load(folder / "feature_predictions.npz"))
    langs, feats = list(table["langs"]), list(table["feats"])
    columns = [at for at, name in enumerate(feats) if name.startswith(PREFIXES.get(kind, "INV_"))]

    def vector(code: str) -> list[float]:
        row = [float(table["data"][langs.index(code)][at][0]) for at in columns]
        other = list(guess["langs"]).index(code)
        return [
            float(guess["data"][other][at][0]) if value < 0 else value
            for at, value in zip(columns, row, strict=True)
        ]

    codes = {"de": "deu", "id": "ind", "en": "eng", "es": "spa", "it": "ita"}
    vectors = {short: vector(code) for short, code in codes.items()}

    def cosine(a: str, b: str) -> float:
        x, y = vectors[a], vectors[b]
        dot = sum(p * q for p, q in zip(x, y, strict=True))
        return float(dot / (sum(p * p for p in x) * sum(q * q for q in y)) ** 0.5)

    choice = Typology(kind).rank(asked)
    ranking = choice.ranking
    for code, score in ranking.scores.items():
        assert score.value == pytest.approx((cosine(code, "de") + cosine(code, "id")) / 2)
    assert choice.cost == Cost()


def test_the_script_of_that_name_is_not_taken_for_the_package(
    asked: ChooserInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lang2vec.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    if Path(sysconfig.get_path("purelib"), "lang2vec").is_dir():
        choice = Typology("syntax").rank(asked)
        ranking = choice.ranking
        assert ranking.provenance["vectors"] == "lang2vec 1.1.2"
    else:
        pytest.skip("needs the tables of lang2vec, which is not installed")


WRITTEN = {
    "zh_Hant": "zh", "sr_Latn": "sr", "uz_Cyrl": "uz", "arb_Latn": "ar", "ks_Deva": "ks",
    "kr_Arab": "kr", "crh_Latn": "crh", "cat_Latn_vale1252": "ca",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["family", "syntax"])
def test_a_language_has_the_same_vector_in_every_script(kind: Vectors) -> None:
    if not Path(sysconfig.get_path("purelib"), "lang2vec").is_dir():
        pytest.skip("needs the tables of lang2vec, which is not installed")
    table = read_vectors(kind, [find(code) for code in (*WRITTEN, *WRITTEN.values())])
    for code, own in WRITTEN.items():
        assert find(code).code != find(own).code
        vector, usual = table.of[find(code).code], table.of[find(own).code]
        assert vector.code == usual.code
        assert (vector.values == usual.values).all()


def test_typology_says_what_is_missing(
    asked: ChooserInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lang2vec"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit  # never imported")
    monkeypatch.syspath_prepend(tmp_path)
    record = tmp_path / "lang2vec-1.1.2.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: lang2vec\nVersion: 1.1.2\n")

    def write(name: str, rows: list[list[float]], feats: list[str]) -> None:
        data = numpy.array(rows, dtype="float32")[:, :, None]
        langs = numpy.array(["deu", "ind", "eng", "spa"])
        numpy.savez(package / "data" / name, feats=numpy.array(feats), langs=langs, data=data)

    feats = ["S_A", "S_B", "P_A"]
    write("feature_averages.npz", [[1, 0, 1], [1, -1, 0], [-1, 1, 1], [1, 1, 1]], feats)
    write("feature_predictions.npz", [[0, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0]], feats)
    languages = [find(code) for code in ("de", "id", "en", "es")]
    table = read_vectors("syntax", languages)
    assert table.of["id"].values.tolist() == [1, 1]
    assert [each.predicted for each in table.of.values()] == [0, 1, 1, 0]
    assert distance(table, languages[1], languages[3]) == pytest.approx(0)
    assert distance(table, languages[0], languages[2]) == pytest.approx(1 - 0.5**0.5)
    phonology = read_vectors("phonology", languages)
    with pytest.raises(TextError, match="nothing of the phonology of German or Indonesian"):
        distance(phonology, languages[0], languages[1])
    with pytest.raises(TextError, match="URIEL has no Italian"):
        read_vectors("syntax", [find("it")])
    (package / "data" / "feature_averages.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(TextError, match="missing or damaged"):
        read_vectors("syntax", languages)
    with pytest.raises(TextError, match="missing or damaged"):
        read_vectors("family", languages)
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(TextError, match=r"pip install 'bridgex\[typology\]'"):
        Typology("syntax").rank(asked)


def test_every_ranking_reads_back(warm: ChooserInput) -> None:
    for chooser in (English(), Random(), Development(), ChainLikelihood(), LatentLanguage()):
        choice = choose(chooser, warm)
        ranking = choice.ranking
        assert BridgeRanking.from_dict(ranking.to_dict()) == ranking
        assert choice.chooser == chooser.name
        assert ranking.provenance["chooser"] == chooser.name
        assert set(ranking.scores) == set(warm.codes)
