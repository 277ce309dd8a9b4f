"""Each task: its prompts, its options, and what it takes for right."""

import json
from pathlib import Path

import pytest

from bridgex.errors import RequestError, TextError
from bridgex.languages import PAPER_LANGUAGES, find
from bridgex.tasks import TASKS
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import PivotContext, reason_text
from bridgex.tasks.labels import INFERENCE, LABELS, RELATION, TOPICS
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.reading import read_task
from bridgex.tasks.request import TaskRequest
from bridgex.tasks.split import EXAMPLES, split_words
from bridgex.tasks.translation import Translation
from bridgex.texts import Lexicon, sample_lexicon
from tests.published import Published
from tests.tasks.given import FolderTexts

BENCHMARKS = {
    "mrc": ("belebele", "de", "en", None),
    "nli": ("xnli", "sw", "zh", None),
    "commonsense": ("xcopa", "id", "sw", None),
    "mathematics": ("mgsm", "ja", "sw", None),
    "topic": ("sib200", "he", "ar", "dev"),
    "translation": ("flores200", "he", "ja", None),
}


def read(published: Published, name: str, **more: object) -> Task:
    folder, source, target, split = BENCHMARKS[name]
    texts = FolderTexts(published.folder / folder, split)
    request = TaskRequest(**more)  # type: ignore[arg-type]
    return read_task(name, request, find(source), find(target), texts)


def lexicons(*pairs: tuple[str, str]) -> FolderTexts:
    read = {pair: sample_lexicon(*map(find, pair)) for pair in pairs}
    return FolderTexts(lexicons=read)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_what_is_evaluated_is_no_example(published: Published, name: str) -> None:
    task = read(published, name, items=40)
    evaluated = {each.context for each in task.items}
    assert len(task.items) == 40
    assert task.examples
    assert evaluated.isdisjoint(each.context for each in (*task.examples, *task.development))
    assert {each.id for each in task.examples}.isdisjoint(each.id for each in task.development)
    assert task.on_development().items == task.development
    for item in (*task.items, *task.examples):
        assert item.accepted
        assert not item.options or item.accepted[0] in item.options
        assert "\n" not in item.context


@pytest.mark.parametrize("name", BENCHMARKS)
@pytest.mark.parametrize("answering", [None, "generate"])
def test_a_right_answer_is_right_and_a_wrong_one_wrong(
    published: Published, name: str, answering: str | None
) -> None:
    task = read(published, name, items=20, answering=answering)
    for item in task.items:
        right = task.answer(item, task.solution(item))
        if task.answering == "likelihood":
            assert task.solution(item) in task.choices(item)
        assert right is not None
        assert task.score(item, right) == pytest.approx(100 if task.metric == "chrF++" else 1)
        for option in item.options:
            assert task.score(item, option) == (option in item.accepted)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_bridge_stands_beside_the_original_or_replaces_it(
    published: Published, name: str
) -> None:
    task = read(published, name, items=1)
    item, english = task.items[0], find("en") if name != "mrc" else find("fr")
    assert task.pivot_prompt(item, english).endswith(f"\n{english.endonym}:")
    direct = task.prompt(item)
    keep_source = task.prompt(item, PivotContext(english, "RENDERED"))
    replaced = task.prompt(item, PivotContext(english, "RENDERED", keep_source=False))
    text = item.context.rstrip(".")
    assert text in direct
    assert "RENDERED" not in direct
    assert f"{item.context}\n{english.endonym}: RENDERED" in keep_source
    assert "RENDERED" in replaced
    assert text not in replaced
    for prompt in (direct, keep_source, replaced):
        assert prompt.endswith((":", "kwa sababu", "kwa hiyo"))
        assert name == "commonsense" or item.query in prompt


def test_every_language_has_its_own_words() -> None:
    assert set(LABELS) > {each.code for each in PAPER_LANGUAGES}
    for code, words in LABELS.items():
        assert find(code).code == code
        assert len(set(words.topics.values())) == len(TOPICS)
        assert len(set(words.inference.values())) == len(INFERENCE)
        assert len(set(words.relation.values())) == len(RELATION)
        assert len(set(words.connective.values())) == len(RELATION)
        latin = find(code).script == "Latn"
        said = [words.passage, words.question, words.answer, words.steps, words.statement]
        maps = (words.topics, words.inference, words.relation, words.connective)
        for each in (*said, words.topic, *(word for of in maps for word in of.values())):
            assert each == each.strip()
            assert latin == any("a" <= character <= "z" for character in each.casefold())


def test_the_word_chain_is_the_papers() -> None:
    lexicon = sample_lexicon(find("id"), find("he"))
    english = sample_lexicon(find("id"), find("en"))
    task = Bli.of_words(split_words(lexicon), dictionaries={"en": english})
    item = task.items[0]
    word = item.context
    assert task.prompt(item) == f'Indonesia:"{word}"→עִברִית:'
    assert task.pivot_prompt(item, find("en")) == f'Indonesia:"{word}"→English:'
    pivot = PivotContext(find("en"), "fire")
    assert task.prompt(item, pivot) == f'Indonesia:"{word}"→English:"fire"→עִברִית:'
    alone = PivotContext(find("en"), "fire", keep_source=False)
    assert task.prompt(item, alone) == 'English:"fire"→עִברִית:'
    known = english.entries[task.examples[0].context][0]
    first = (task.pivot_prompt(task.examples[0], find("en")), f'"{known}"')
    assert task.pivot_examples(find("en"))[0] == first


def test_the_papers_reading_is_stricter_than_ours() -> None:
    words = split_words(sample_lexicon(find("id"), find("he")))
    ours, theirs = Bli.of_words(words), Bli.of_words(words, style="paper")
    item = ours.items[0]
    right = item.accepted[0]
    pointed = right[0] + "\u05b8" + right[1:]
    for task in (ours, theirs):
        assert task.score(item, pointed) == 1
    wide = f"{right[:1]}\u200f{right[1:]}"
    assert (ours.score(item, wide), theirs.score(item, wide)) == (1, 0)


def test_the_papers_reading_comprehension(published: Published) -> None:
    task = read(published, "mrc", style="paper", items=1)
    item = task.items[0]
    options = "".join(f"{name}. {each}\n" for name, each in zip("ABCD", item.options, strict=True))
    assert task.answering == "generate"
    assert task.prompt(item) == f"{item.context}\n{item.query}\n{options}Answer:"
    bridged = task.prompt(item, PivotContext(find("fr"), "Le texte."))
    assert bridged == f"Le texte.\n{item.query}\n{options}Answer:"
    assert "from German to French" in task.pivot_prompt(item, find("fr"))
    assert task.answer(item, "Respuesta: Dos") == item.options[3]
    assert task.answer(item, "nothing") is None


def test_translation_is_measured_by_sacrebleu() -> None:
    from sacrebleu import BLEU, CHRF

    task = Translation(source=find("en"), target=find("de"), items=())
    pairs = [
        ("Das Haus ist klein.", "Das Haus ist ganz klein."),
        ("", "Es gibt nichts zu sehen."),
        ("Ich gehe heute nach Hause.", "Heute gehe ich nach Hause."),
    ]
    outcomes = [
        Outcome(str(at), "", None, said, None, said or None, (wanted,), 0.0, None)
        for at, (said, wanted) in enumerate(pairs)
    ]
    answers, references = [said for said, _ in pairs], [[wanted for _, wanted in pairs]]
    expected = {
        "chrF++": CHRF(word_order=2).corpus_score(answers, references).score,
        "BLEU": BLEU(tokenize="13a").corpus_score(answers, references).score,
    }
    measures = {each.metric: each for each in task.measures(outcomes)}
    assert {name: each.value for name, each in measures.items()} == pytest.approx(expected)
    assert "nw:2" in measures["chrF++"].signature
    assert "tok:13a" in measures["BLEU"].signature
    for name, pool in task.corpus_stats(outcomes).items():
        summed = [sum(column) for column in zip(*pool.counts, strict=True)]
        assert pool.value(summed) == pytest.approx(expected[name])


@pytest.mark.parametrize(("target", "tokenizer"), [("zh", "zh"), ("ja", "ja-mecab"), ("sw", "13a")])
def test_the_tokenizer_is_the_targets(target: str, tokenizer: str) -> None:
    task = Translation(source=find("en"), target=find(target), items=())
    outcome = Outcome("1", "", None, "x", None, "x", ("x",), 0.0, None)
    assert f"tok:{tokenizer}" in task.measures([outcome])[1].signature


def test_the_word_task_reads_its_dictionaries_itself() -> None:
    texts = lexicons(("de", "id"), ("de", "en"))
    request = TaskRequest(items=20, bridges=(find("en"), find("fr")))
    task = read_task("bli", request, find("de"), find("id"), texts)
    assert isinstance(task, Bli)
    words = split_words(texts.lexicons["de", "id"])
    whole = Bli.of_words(words, dictionaries={"en": texts.lexicons["de", "en"]})
    assert task == whole.evaluated_on(20)
    assert {item.context for item in task.items} < set(words.parts.test.entries)
    assert isinstance(task.probe, Lexicon)
    assert set(task.probe.entries) == set(words.parts.probe.entries)
    assert task.provenance == words.provenance
    assert len(task.examples) == EXAMPLES
    assert set(task.dictionaries) == {"en"}
    with pytest.raises(TextError, match="No dictionary German–Hebrew"):
        read_task("bli", request, find("de"), find("he"), texts)


def test_what_was_left_out_is_counted_under_snake_case_names(published: Published) -> None:
    task = read(published, "commonsense")
    assert task.left_out == {
        "items_with_different_answers": published.causes[frozenset({"id", "sw"})]
    }
    assert [reason_text(reason) for reason in task.left_out] == ["items with different answers"]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmarks_name_stands_for_its_task(published: Published, name: str) -> None:
    folder, source, target, split = BENCHMARKS[name]
    benchmark = TASKS[name].benchmark
    texts = FolderTexts(published.folder / folder, split)
    task = read_task(benchmark, TaskRequest(items=5), find(source), find(target), texts)
    assert task.name == name
    assert task == read(published, name, items=5)


def test_requests_that_contradict_themselves() -> None:
    pair = find("de"), find("en")
    nothing = lexicons(("de", "en"))
    for name, request, message in [
        ("mcr", TaskRequest(), "There is no task 'mcr'. Did you mean 'mrc'"),
        ("beleble", TaskRequest(), "Did you mean 'belebele'"),
        ("mrc", TaskRequest(), "needs the folder of belebele"),
        (
            "topic",
            TaskRequest(style="paper"),
            "topic has no prompts in the style paper; its own are default and lm-eval. Use",
        ),
        (
            "mrc",
            TaskRequest(style="paper", answering="likelihood"),
            "mrc in the style paper is answered freely; leave out --answer likelihood",
        ),
        (
            "nli",
            TaskRequest(style="lm-eval", answering="generate"),
            "nli in the style lm-eval is answered by the likelihood of its options only",
        ),
        (
            "bli",
            TaskRequest(style="lm-eval"),
            "bli has no prompts in the style lm-eval; its own are default and paper",
        ),
        (
            "mrc",
            TaskRequest(style="paper", instruction_language="english"),
            "The paper prompts of mrc have no words of instruction to put in another language; "
            "leave out --instruction-language english",
        ),
        ("bli", TaskRequest(instruction_language="source"), "The default prompts of bli have no"),
        ("bli", TaskRequest(answering="likelihood"), "^bli is answered freely"),
        ("bli", TaskRequest(answering="likelihood", style="paper"), "^bli is answered freely"),
        ("bli", TaskRequest(items=0), "No item of bli is left to evaluate for German–English"),
    ]:
        with pytest.raises(RequestError, match=message):
            read_task(name, request, *pair, nothing)


def test_data_that_does_not_serve_the_pair(published: Published, tmp_path: Path) -> None:
    pair = find("de"), find("en")
    belebele = published.folder / "belebele"
    with pytest.raises(TextError, match="Hebrew"):
        read_task("mrc", TaskRequest(), find("he"), find("en"), FolderTexts(belebele))
    rows = (belebele / "eng_Latn.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    broken = json.loads(rows[1])
    broken["correct_answer_num"] = "7"
    rows[1] = json.dumps(broken)
    (tmp_path / "eng_Latn.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "deu_Latn.jsonl").write_bytes((belebele / "deu_Latn.jsonl").read_bytes())
    with pytest.raises(TextError, match="line 2"):
        read_task("mrc", TaskRequest(), *pair, FolderTexts(tmp_path))
