"""What a run reads: the same object for every command, each field of it, and what it refuses."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.errors import RequestError, TextError, UnknownLanguageError
from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.pairs import read_task
from bridgex.inputs import Budget, Texts
from bridgex.languages import Language, find
from bridgex.storage.store import Store
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.split import split_words
from bridgex.tasks.word_chain import is_accepted
from bridgex.texts import Lexicon, chinese, sample_corpus, sample_lexicon, write_lexicon
from bridgex.texts.limits import ReadingLimits, reading_limits
from tests.data.test_fetched import fetched
from tests.scripted import reciting

ID, HE, EN, ZH = map(find, ("id", "he", "en", "zh"))
PAIR = (ID, HE)


def test_without_anything_the_embedded_texts_are_read() -> None:
    texts = Texts()
    assert texts.corpus_of(ID) == sample_corpus(ID)
    assert texts.lexicon_of(ID, HE) == sample_lexicon(ID, HE)
    assert texts.benchmark_folder("topic", "sib200") is None
    assert str(texts.budget) == "all text"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"corpsu": "x"}, "There is no field 'corpsu'. Did you mean 'corpus'? Use corpus, field,"),
        ({"sentences": 3}, "There is no field 'sentences'. Use corpus, field, budget, lexicon,"),
        ({"budget": {"lines": 3}}, "There is no field 'lines'. Use sentences, tokens."),
        ({"corpus": 3}, "corpus cannot be 3: input is not a valid path"),
        ({"corpus": ""}, "corpus is an empty text; fill it in or leave it out."),
        ({"lexicon": ""}, "lexicon is an empty text"),
        ({"lexicon": ["a", ""]}, "lexicon is an empty text"),
        ({"lexicon": 3}, "lexicon cannot be 3: input should be a valid tuple."),
        ({"lexicon": ["a", 3]}, "lexicon.1 cannot be 3: input is not a valid path"),
        ({"data": {"topic": ""}}, "data is an empty text"),
        ({"data": 3}, "data cannot be 3: input is not a valid path"),
        ({"limits": {"size": 0}}, "size cannot be 0: input should be greater than or"),
        ({"limits": {"sise": 9}}, "There is no field 'sise'. Did you mean 'size'? Use size, line,"),
        ({"split": ""}, "split is an empty text"),
        ({"pivot": ""}, "pivot is an empty text"),
        ({"pivot": 3}, "pivot cannot be 3: input should be a valid string."),
        ({"field": "text"}, "The field 'text' is of a corpus that is not given; add --corpus."),
        ({"endonyms": "id=x"}, "endonyms cannot be 'id=x': input should be a valid dictionary."),
        ({"endonyms": {"id": 3}}, "endonyms.id cannot be 3: input should be a valid string."),
        ({"convert_chinese": "maybe"}, "convert_chinese cannot be 'maybe': input should be a"),
        ({"budget": 5}, "budget cannot be 5: input should be a valid dictionary or instance of"),
        ({"budget": {"sentences": 0}}, "sentences cannot be 0: input should be greater than or"),
        ({"budget": {"tokens": "x"}}, "tokens cannot be 'x': input should be a valid integer"),
        (
            {"budget": {"sentences": 1, "tokens": 1}},
            "A budget is in sentences or in tokens, not both; give one.",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestError) as raised:
        Texts(**fields)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TaskSettings(item=3), "There is no field 'item'. Did you mean 'items'?"),  # type: ignore[call-arg]
        (lambda: TaskSettings(items=0), "items cannot be 0: input should be greater than"),
        (lambda: RankSettings(selections={}), "There is no field 'selections'. Did you mean"),  # type: ignore[call-arg]
        (
            lambda: RankSettings.model_validate({"probe": {"shot": 3}}),
            "There is no field 'probe.shot'. Did you mean 'shots'? Use words, shots, understood,",
        ),
        (
            lambda: RankSettings.model_validate({"bridges": {"level": 2}}),
            "bridges.level cannot be 2: input should be less than 1.",
        ),
    ],
)
def test_settings_say_as_much(make: Callable[[], object], message: str) -> None:
    with pytest.raises(RequestError) as raised:
        make()
    assert str(raised.value).startswith(message)


def test_texts_cannot_be_changed_behind_a_run() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Texts().corpus = Path()


def test_a_corpus_its_field_and_its_budget(tmp_path: Path) -> None:
    rows = [f'{{"sentence": "Kalimat {at}.", "other": "Lain {at}."}}' for at in range(4)]
    (tmp_path / "id.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    read = Texts(corpus=tmp_path, budget=Budget(sentences=2)).corpus_of(ID)
    assert read.sentences == ("Kalimat 0.", "Kalimat 1.")
    assert Texts(corpus=tmp_path, field="other").corpus_of(ID).sentences[-1] == "Lain 3."
    assert len(Texts(corpus=tmp_path, budget=Budget(tokens=2)).corpus_of(ID).sentences) == 4
    with pytest.raises(TextError, match="Hebrew"):
        Texts(corpus=tmp_path).corpus_of(HE)
    with pytest.raises(TextError, match="nowhere is not there; check the path"):
        Texts(corpus="nowhere").corpus_of(ID)  # type: ignore[arg-type]


def test_reading_limits_bound_every_text_of_a_run(tmp_path: Path) -> None:
    for code in ("id", "he"):
        text = "".join(f"Kalimat {code} nomor {at}.\n" for at in range(40))
        (tmp_path / f"{code}.txt").write_text(text, encoding="utf-8")
    lexicon = write_lexicon(sample_lexicon(ID, HE), tmp_path)
    few = {"limits": {"size": 100}}
    within = {"corpus": tmp_path, "lexicon": lexicon, "data": tmp_path}
    small, large = Texts(**few, **within), Texts(**within)  # type: ignore[arg-type]
    remedy = re.escape("raise that limit (--limit size=200, or limits={'size': 200} of Texts).")
    with pytest.raises(TextError, match=f"id.txt has more than the 100 bytes .*{remedy}"):
        small.corpus_of(ID)
    with pytest.raises(TextError, match=f"id-he.txt has more than the 100 bytes .*{remedy}"):
        small.lexicon_of(*PAIR)
    for task in ("bli", "translation"):
        with pytest.raises(TextError, match="more than the 100 bytes"):
            read_task(task, PAIR, (), small, TaskSettings())
        assert read_task(task, PAIR, (), large, TaskSettings()).items
    assert large.corpus_of(ID).sentences
    assert small.description() == large.description()  # what is read, not how much may be
    with reading_limits(ReadingLimits(size=50)), pytest.raises(TextError, match="size=100"):
        large.corpus_of(ID)


def test_dictionaries_one_or_several_and_through_a_pivot(tmp_path: Path) -> None:
    for pair in (("id", "en"), ("en", "he"), ("id", "de"), ("de", "he")):
        write_lexicon(sample_lexicon(*map(find, pair)), tmp_path)
    one = Texts(lexicon=tmp_path / "id-en.txt")  # type: ignore[arg-type]
    assert one.lexicon == (tmp_path / "id-en.txt",)
    assert one.lexicon_of(ID, EN).entries == sample_lexicon(ID, EN).entries
    assert Texts(lexicon=None).lexicon == ()  # type: ignore[arg-type]
    several = (tmp_path / "id-en.txt", tmp_path / "en-he.txt")
    (step,) = Texts(lexicon=several).lexicon_of(*PAIR).provenance.steps
    assert step.startswith("composed through en ")
    (step,) = Texts(lexicon=(tmp_path,), pivot="deu").lexicon_of(*PAIR).provenance.steps
    assert step.startswith("composed through de ")
    with pytest.raises(UnknownLanguageError, match="'zzz' is not a language known here"):
        Texts(lexicon=(tmp_path,), pivot="zzz").lexicon_of(*PAIR)
    with pytest.raises(RequestError, match="he is in the pair itself and cannot be its pivot"):
        Texts(lexicon=(tmp_path,), pivot="he").lexicon_of(*PAIR)


def test_a_dictionary_in_memory_serves_its_own_pair() -> None:
    own = Lexicon.of(
        ((f"kata{at}", f"מילה{at}") for at in range(40)), ID, HE, sample_lexicon(ID, HE).provenance
    )
    texts = Texts(lexicon=own)
    assert texts.lexicon_of(*PAIR).entries == own.entries
    assert texts.may_have_lexicon(*PAIR)
    assert not texts.may_have_lexicon(ID, EN)
    with pytest.raises(TextError, match="Indonesian–Hebrew and does not serve Hebrew–Indonesian;"):
        texts.lexicon_of(HE, ID)
    into = texts.dictionaries_into((EN, find("ko")), ID)
    assert into == {"en": sample_lexicon(ID, EN)}, "embedded words, where there are some"
    assert texts.description()["lexicon"] == own.digest
    assert Texts(lexicon=("a", "b")).description()["lexicon"] == ["a", "b"]  # type: ignore[arg-type]


@pytest.mark.parametrize("lexicon", [(), sample_lexicon(ID, HE)], ids=["embedded", "in memory"])
def test_endonyms_reach_the_prompts(lexicon: Any) -> None:
    texts = Texts(lexicon=lexicon, endonyms={"ind": "Bahasa", "English": "Inggris"})
    source, target, bridge = texts.named((ID, HE, EN))
    assert [each.endonym for each in (source, target, bridge)] == ["Bahasa", HE.endonym, "Inggris"]
    task = read_task("bli", (source, target), (bridge,), texts, TaskSettings(items=1))
    (item,) = task.items
    assert task.prompt(item) == f'Bahasa:"{item.context}"→{HE.endonym}:'
    assert task.pivot_prompt(item, bridge) == f'Bahasa:"{item.context}"→Inggris:'


@pytest.mark.parametrize(
    ("endonyms", "error", "message"),
    [
        ({"fr": "Prancis"}, RequestError, "given for French, which is not among the languages"),
        ({"id": "a", "ind": "b"}, RequestError, "Indonesian is given two endonyms; keep one"),
        ({"zzz": "a"}, UnknownLanguageError, "'zzz' is not a language known here"),
        ({"id": ""}, RequestError, "'' cannot name Indonesian in a prompt"),
        ({"id": 'a"b'}, RequestError, "cannot name Indonesian in a prompt"),
        ({"id": "a\nb"}, RequestError, "cannot name Indonesian in a prompt"),
    ],
)
def test_an_endonym_that_cannot_be_is_refused(
    endonyms: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Texts(endonyms=endonyms).named(PAIR)


def test_an_endonym_of_another_pair_is_let_be_where_there_are_several() -> None:
    texts = Texts(endonyms={"fr": "Prancis", "id": "Bahasa"})
    spoken = texts.named(PAIR, others_too=True)
    assert [each.endonym for each in spoken] == ["Bahasa", HE.endonym]


def test_names_of_fetched_sources_stand_for_their_folders(own_cache: Path) -> None:
    data = own_cache / "data"
    fetched(data, "flores200", "devtest/ind_Latn.devtest")
    fetched(data, "muse", "id-en.txt")
    fetched(data, "sib200", "data/annotated/ind_Latn/test.tsv")
    sentences = "\n".join(f"Kalimat {at}." for at in range(3))
    (data / "flores200/devtest/ind_Latn.devtest").write_text(sentences, encoding="utf-8")
    (data / "muse/id-en.txt").write_text("api fire\nair water\n", encoding="utf-8")
    texts = Texts(corpus="flores200", lexicon="muse", data="sib200")  # type: ignore[arg-type]
    assert texts.corpus_of(ID).sentences == ("Kalimat 0.", "Kalimat 1.", "Kalimat 2.")
    assert texts.lexicon_of(ID, EN).entries == {"api": ("fire",), "air": ("water",)}
    folder = texts.benchmark_folder("topic", "sib200")
    assert folder is not None
    assert folder.is_relative_to(data / "sib200")
    with pytest.raises(TextError, match="muse is a source of dictionaries, not of corpora"):
        Texts(corpus="muse").corpus_of(ID)  # type: ignore[arg-type]
    with pytest.raises(TextError, match="xnli was not fetched; fetch it with 'bridgex data get"):
        Texts(data="xnli").benchmark_folder("nli", "xnli")  # type: ignore[arg-type]


def topics(folder: Path, **splits: Sequence[str]) -> Path:
    """A folder of SIB-200 with splits of Indonesian sentences."""
    (folder / "ind_Latn").mkdir(parents=True)
    for split, sentences in splits.items():
        rows = [f"{at}\tsports\t{text}" for at, text in enumerate(sentences)]
        content = "\n".join(["index_id\tcategory\ttext", *rows]) + "\n"
        (folder / "ind_Latn" / f"{split}.tsv").write_text(content, encoding="utf-8")
    return folder


def test_benchmark_folders_by_task_or_benchmark_and_their_splits(tmp_path: Path) -> None:
    one = topics(tmp_path / "one", test=["Uji satu.", "Uji dua.", "Uji tiga."])
    two = topics(tmp_path / "two", dev=["Coba satu."] * 1, test=["Uji empat.", "Uji lima."])

    def contexts(texts: Texts) -> set[str]:
        task = read_task("topic", PAIR, (), texts, TaskSettings())
        return {item.context for item in (*task.items, *task.development, *task.examples)}

    whole = {"Uji satu.", "Uji dua.", "Uji tiga."}
    assert contexts(Texts(data=one)) == whole
    assert contexts(Texts(data={"topic": one, "sib200": two})) == whole, "the task's own first"
    assert contexts(Texts(data={"sib200": one, "nli": two})) == whole
    assert contexts(Texts(data=two, split="test")) == {"Uji empat.", "Uji lima."}
    assert contexts(Texts(data=two, split="dev")) == {"Coba satu."}
    with pytest.raises(RequestError, match="The task topic needs the folder of sib200; name it"):
        contexts(Texts(data={"nli": one}))
    with pytest.raises(TextError, match="train"):
        contexts(Texts(data=two, split="train"))


@pytest.fixture(scope="module")
def traditional() -> Lexicon:
    """Words of one meaning each that the two scripts write differently, in traditional writing."""
    words = sample_lexicon(ID, ZH)
    pairs, seen = [], set[str]()
    for word, (first, *_) in words.entries.items():
        other = chinese.converted(first, find("zh_Hant"))
        if other != first and chinese.converted(other, ZH) == first and first not in seen:
            seen.add(first)
            pairs.append((word, other))
    assert len(pairs) > 60
    return Lexicon.of(pairs, ID, ZH, words.provenance)


@pytest.mark.parametrize("style", ["default", "paper"])
def test_right_answers_in_either_script_count_where_chinese_is_converted(
    tiny_folder: Path, tmp_path: Path, traditional: Lexicon, style: Any
) -> None:
    write_lexicon(traditional, tmp_path)
    half = {
        word: target if at % 2 else chinese.converted(target, ZH)
        for at, (word, (target,)) in enumerate(traditional.entries.items())
    }

    def right(*, convert: bool) -> list[float]:
        session = bridgex.Session(
            str(tiny_folder), generate_with=reciting(half), store=Store(tmp_path / "store")
        )
        evaluation = session.evaluate(
            "id",
            "zh",
            strategies=["direct"],
            texts=Texts(lexicon=(tmp_path / "id-zh.txt",), convert_chinese=convert),
            asking=TaskSettings(prompt=style),
        )
        (result,) = evaluation.results
        return [outcome.score for outcome in result.outcomes]

    converted = right(convert=True)
    assert len(converted) > 20
    assert set(converted) == {1.0}, "every answer is right, whichever way it is written"
    assert set(right(convert=False)) == {0.0, 1.0}, "without it, letters are never exchanged"


def test_benchmarks_are_converted_on_either_side(tmp_path: Path) -> None:
    pytest.importorskip("opencc")
    lines = [f"第{at}列火車後來開了。" for at in range(400)]
    (tmp_path / "zh.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "id.txt").write_text("\n".join(f"Kereta {at}." for at in range(400)), "utf-8")

    def read(source: Language, target: Language, **how: bool) -> Task:
        texts = Texts(data=tmp_path, **how)  # type: ignore[arg-type]
        return read_task("translation", (source, target), (), texts, TaskSettings())

    for pair in ((ID, ZH), (ZH, ID)):
        plain, converted = read(*pair), read(*pair, convert_chinese=True)
        for of in ("items", "development", "examples"):
            before, after = getattr(plain, of), getattr(converted, of)
            assert before
            assert [item.id for item in after] == [item.id for item in before]
            for old, new in zip(before, after, strict=True):
                same, other = ("context", "accepted") if pair[1] == ZH else ("accepted", "context")
                assert getattr(new, same) == getattr(old, same)
                assert "火車後來開" in "".join(getattr(old, other))
                assert "火车后来开" in "".join(getattr(new, other))
        assert converted.provenance is not None
        (step,) = converted.provenance.steps
        assert step.startswith("converted to simplified Chinese with OpenCC ")


def test_words_in_either_script_are_understood_where_chinese_is_converted(
    tiny_folder: Path, tmp_path: Path, traditional: Lexicon
) -> None:
    words = {word: targets[0] for word, targets in traditional.entries.items()}
    settings = RankSettings().changed(
        {
            "selection.rate": 0.3,
            "probe.words": 20,
            "bridges.null_draws": 0,
            "bridges.matching_draws": 1,
            "bridges.full_activation": 0.4,
        }
    )
    for convert, understood in ((True, 20), (False, 20)):
        session = bridgex.Session(
            str(tiny_folder), generate_with=reciting(words), store=Store(tmp_path), dtype="float32"
        )
        ranking = session.rank(
            "id",
            "zh",
            candidates=["en", "de"],
            texts=Texts(lexicon=traditional, convert_chinese=convert, budget=Budget(sentences=4)),
            settings=settings,
        )
        assert ranking.words is not None
        assert ranking.words.understood == understood
        steps = ranking.provenance["lexicon"]["steps"]
        assert any("converted to simplified" in step for step in steps) is convert


def test_answers_are_converted_to_the_script_of_the_target() -> None:
    assert is_accepted("火車", ["火车"], ZH, convert_chinese=True)
    assert not is_accepted("火車", ["火车"], ZH)
    assert is_accepted("火车", ["火車"], find("zh_Hant"), convert_chinese=True)
    assert not is_accepted("水", ["火车"], ZH, convert_chinese=True)
    assert not is_accepted("火車", ["火车"], find("ja"), convert_chinese=True)


def test_a_converted_dictionary_stays_one(traditional: Lexicon) -> None:
    made = chinese.converted_lexicon(traditional)
    assert made.converted
    assert not traditional.converted
    assert made.reversed().converted
    assert made.without_identical()[0].converted
    assert Bli.of_words(split_words(made)).convert_chinese
    assert not Bli.of_words(split_words(traditional)).convert_chinese


def test_the_digest_of_corpora_does_not_depend_on_the_order_of_candidates(
    tiny_folder: Path, tmp_path: Path
) -> None:
    settings = RankSettings().changed(
        {
            "selection.rate": 0.3,
            "probe.words": 8,
            "bridges.null_draws": 0,
            "bridges.matching_draws": 1,
            "bridges.full_activation": 0.4,
        }
    )
    texts = Texts(budget=Budget(sentences=4))
    session = bridgex.Session(
        str(tiny_folder), store=Store(tmp_path), device="cpu", dtype="float32"
    )
    signatures = {
        session.rank("id", "he", candidates=order, texts=texts, settings=settings).signature
        for order in (["en", "de", "es"], ["es", "en", "de"])
    }
    assert len(signatures) == 1
    spectra = {
        session.spectrum(order, texts=texts, settings=settings, permutations=9).signature
        for order in (["id", "he", "de", "fr"], ["fr", "de", "id", "he"])
    }
    assert len(spectra) == 1
    other = session.rank("id", "he", candidates=["en", "de"], texts=texts, settings=settings)
    assert other.signature not in signatures
