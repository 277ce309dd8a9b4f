"""The worked problems: the same in every language, right, and read back by our own readers."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from bridgex.errors import RequestError
from bridgex.evaluation.run import require_shots
from bridgex.languages import find
from bridgex.tasks.forms import FORMS
from bridgex.tasks.items import Item
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.numbers import number
from bridgex.tasks.reading import read_task
from bridgex.tasks.request import TaskRequest
from bridgex.tasks.script import in_script
from bridgex.tasks.stated import strict_number
from bridgex.tasks.worked import ANSWERS, worked
from tests.published import Published
from tests.tasks.given import FolderTexts

LANGUAGES = "en es fr de ru zh ja th sw bn te tl id ar he".split()
EQUATION = re.compile(r"(\d+(?: [-+*/] \d+)+) = (\d+)")


def computed(expression: str) -> Fraction:
    """The value of an expression whose products and quotients, or sums, go from left to right."""
    first, *rest = expression.split()
    value = Fraction(first)
    for sign, operand in zip(rest[::2], rest[1::2], strict=True):
        by = Fraction(operand)
        value = {"+": value + by, "-": value - by, "*": value * by, "/": value / by}[sign]
    return value


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_step_is_right_and_the_last_is_the_answer(code: str) -> None:
    language = find(code)
    problems = worked(language)
    assert list(problems) == list(ANSWERS)
    for name, problem in problems.items():
        steps = EQUATION.findall(problem.solution)
        assert steps
        assert all(computed(left) == int(right) for left, right in steps), name
        assert int(steps[-1][1]) == ANSWERS[name] == problem.answer
        assert number(problem.solution, language) == ANSWERS[name]
        assert strict_number(problem.solution, language) == ANSWERS[name]
        assert problem.solution.endswith(FORMS[code].statement.format(ANSWERS[name]))
        assert in_script(problem.question, language)
        assert in_script(problem.solution, language)


@pytest.mark.parametrize("code", LANGUAGES)
def test_all_languages_have_the_same_numbers(code: str) -> None:
    own, english = worked(find(code)), worked(find("en"))
    in_words = {"2"} if code == "ar" else set()  # دولاران, two dollars
    for name in ANSWERS:
        assert EQUATION.findall(own[name].solution) == EQUATION.findall(english[name].solution)
        said, expected = (set(re.findall(r"\d+", each[name].question)) for each in (own, english))
        assert expected - said <= in_words
        assert said - expected <= {"1", "3"}  # 1日に, a day; 3倍, three times
    assert len({problem.question for problem in own.values()}) == len(ANSWERS)


def test_examples_are_the_worked_problems_and_every_item_is_evaluated(
    published: Published,
) -> None:
    folder = FolderTexts(published.folder / "mgsm")
    german, english = find("de"), find("en")
    task = read_task("mathematics", TaskRequest(), german, english, folder)
    lines = (published.folder / "mgsm" / "mgsm_de.tsv").read_text(encoding="utf-8").splitlines()
    assert len(task.items) == len(lines)
    assert task.development == ()
    assert [item.context for item in task.examples] == [
        problem.question for problem in worked(german).values()
    ]
    first = task.examples[0]
    solution = task.solution(first)
    assert solution.startswith(" There were 24 passengers. ")
    assert solution.endswith(" The answer is 22.")
    assert task.answer(first, solution) == "22"
    assert task.known_pivot(first, find("fr")) == worked(find("fr"))["bus"].question
    assert not {item.context for item in task.examples} & {item.context for item in task.items}


def test_a_language_without_worked_problems_has_no_examples(tmp_path: Path) -> None:
    file = tmp_path / "mgsm_fi.tsv"
    file.write_text("".join(f"Kysymys {at}?\t{at}\n" for at in range(30)), encoding="utf-8")
    finnish = find("fi")
    task = read_task("mathematics", TaskRequest(), finnish, finnish, FolderTexts(tmp_path))
    assert (len(task.items), task.examples, task.development) == (30, (), ())
    with pytest.raises(RequestError, match="no solved examples for Finnish–Finnish; leave out"):
        require_shots(task, 1)
    assert worked(find("fi")) == {}
    assert Mathematics.worked_examples(find("fi"), find("en")) == ()
    assert Mathematics.worked_examples(find("en"), find("fi")) == ()
    assert len(Mathematics.worked_examples(find("sw"), find("te"))) == len(ANSWERS)


STOPS = [
    ("en", "2 + 3 = 5.\n\nSo it is 5. The answer is 5.\nQuestion: 7?", "The answer is 5.\n"),
    ("en", "It is 1.5.\nThe answer is 1.5 dollars. Done\n8", "The answer is 1.5 dollars. Done\n"),
    ("en", "To do:\n\n1. Add.\n\nQuestion: What is 9?", "1. Add.\n\nQuestion:"),
    ("fr", "Cela fait 5.\n\nQuestion : Combien ?", "5.\n\nQuestion :"),
    ("ja", "5です。答えは5です。\n質問: 7", "答えは5です。\n"),
    ("th", "คำตอบคือ 22\nคำถาม: 3", "คำตอบคือ 22\n"),
    ("ru", "Ответ — 5.\nЗадача: 7", "Ответ — 5.\n"),
]


@pytest.mark.parametrize(("code", "written", "end"), STOPS)
def test_writing_stops_at_the_answer_or_the_next_question(
    code: str, written: str, end: str
) -> None:
    task = Mathematics(source=find("en"), target=find(code), items=())
    spec = task.spec(task.generation)
    cut = spec.cut(written)
    assert cut.endswith(end)
    assert task.answer(Item("1", "x", ("5",)), cut) == task.answer(Item("1", "x", ("5",)), written)
    for length in range(len(cut)):
        assert not spec.finished(written[:length])
    assert spec.max_tokens == 256


def test_what_is_stated_is_measured_beside_what_comes_last() -> None:
    from bridgex.tasks.outcomes import Outcome

    task = Mathematics(source=find("de"), target=find("en"), items=())

    def outcome(written: str | None, score: float) -> Outcome:
        return Outcome("1", "", None, written, None, None, ("1,250",), score, None)

    outcomes = [outcome("The answer is 1,250.", 1), outcome("It is 1250.", 1), outcome(None, 0)]
    measures = {each.metric: each.value for each in task.measures(outcomes)}
    assert measures == {"accuracy": 2 / 3, "strict match": 1 / 3}
    stats = task.corpus_stats(outcomes)["strict match"]
    assert [list(each) for each in stats.counts] == [[1, 1], [0, 1], [0, 1]]
    assert stats.value([1, 3]) == pytest.approx(1 / 3)
