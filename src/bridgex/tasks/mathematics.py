"""Mathematics: word problems with a number for an answer (MGSM).

Answers are judged as lm-evaluation-harness judges them in the task ``mgsm``: accuracy is over the
number that an answer ends on (its ``flexible-extract``), and beside it stands the accuracy over the
number in the sentence with which MGSM's solutions end (``The answer is 18.``, its
``strict-match``).

MGSM (Shi et al. 2023) is ``mgsm_sw.tsv`` without a header: question and answer, separated by a tab;
line ``i`` is the same item in every language. Some answers separate thousands by commas. The Hub's
Parquet has ``question`` and ``answer_number``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.generation import GenerationSpec, StopRule
from bridgex.languages import Language, find
from bridgex.tasks.base import Rows
from bridgex.tasks.forms import forms, statement
from bridgex.tasks.items import Item
from bridgex.tasks.numbers import number
from bridgex.tasks.outcomes import CorpusStats, Measure, Outcome, Problem
from bridgex.tasks.parsing import LINE, PARAGRAPH, after_thinking, without_thinking
from bridgex.tasks.request import InstructionLanguage, Style
from bridgex.tasks.script import in_script
from bridgex.tasks.stated import stated_number, strict_number
from bridgex.tasks.templated import Templated
from bridgex.tasks.templates import MATHEMATICS, Template
from bridgex.tasks.worked import worked
from bridgex.texts.benchmarks import TAB_SEPARATED_OR_PARQUET, FileKind, Row
from bridgex.texts.files import SourceFile, ending, read_text
from bridgex.texts.parquet import parquet_records
from bridgex.texts.rows import Record, plain_rows, string_in

STRICT = "strict match"
_NUMBER = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Mathematics(Templated):
    """Solve a problem stated in the source language, step by step in the target language.

    In other instructions' language the steps are, too: solving in English is
    ``instruction_language="english"``, as in the chain of thought that MGSM's authors call EN-CoT.

    Solved examples are the worked problems of `bridgex.tasks.worked`, which are in no benchmark, so
    that all its items are evaluated; where one of the two languages has none there are none.
    """

    name: ClassVar[str] = "mathematics"
    benchmark: ClassVar[str] = "mgsm"
    files: ClassVar[FileKind] = TAB_SEPARATED_OR_PARQUET
    styles: ClassVar[tuple[Style, ...]] = tuple(MATHEMATICS)
    templates: ClassVar[Mapping[Style, Template]] = MATHEMATICS
    bilingual: ClassVar[bool] = False
    generation: ClassVar[GenerationSpec] = GenerationSpec(256, PARAGRAPH)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(256, LINE)
    chat_tokens: ClassVar[int] = 512

    @classmethod
    def worked_examples(cls, source: Language, target: Language) -> tuple[Item, ...]:
        """Return the worked problems; none unless both languages have them."""
        if not worked(target):
            return ()
        problems = worked(source).items()
        return tuple(Item(name, each.question, (str(each.answer),)) for name, each in problems)

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read problems and their numbers."""
        del target
        if ending(path) == ".parquet":
            table, records = parquet_records(path, lambda _columns: ("question", "answer_number"))
            numbered = enumerate(records, start=1)
            return table, (
                _row(table, row, [string_in(table, row, each, "question"), _number(each)])
                for row, each in numbered
            )
        file = read_text(path)
        return file, (_row(file, line, cells) for line, cells in plain_rows(file, 2))

    @property
    def usual_instructions(self) -> InstructionLanguage:
        """The target's, since the steps are in the language of the instructions."""
        return "target"

    @property
    def form(self) -> str:
        """To solve it step by step, and end with the sentence that states the number."""
        return forms(self.instructions).solving if self.style == "default" else ""

    def spec(self, plain: GenerationSpec) -> GenerationSpec:
        """Return how answers are generated: up to a stated answer, or the next question."""
        if self.chat or plain is not self.generation:
            return super().spec(plain)
        return GenerationSpec(plain.max_tokens, _solved(self.instructions, self._question))

    @property
    def _question(self) -> str:
        """The label of a question, as the template has it."""
        words = self.words_of(self.source) if self.style == "lm-eval" else self.words
        return words.question.rstrip(":： ")

    def solution(self, item: Item) -> str:
        """Return the steps of a worked problem with its answer, else the number."""
        solved = worked(self.instructions).get(item.id)
        return f" {solved.solution}" if solved else super().solution(item)

    def known_pivot(self, item: Item, bridge: Language) -> str | None:
        """Return a worked problem in the bridge language."""
        problem = worked(bridge).get(item.id)
        return problem.question if problem else None

    def answer(self, item: Item, written: str) -> str | None:
        """Read the number that is stated in a chat, else the last one before a next question."""
        del item
        if self.chat:
            value = stated_number(written, self.instructions)
        else:
            solution = self.spec(self.generation).cut(written)
            value = number(without_thinking(solution), self.instructions)
        return None if value is None else str(value)

    def fault(self, item: Item, written: str, answer: str) -> Problem | None:
        """Tell of steps in another script than the language's."""
        del item, answer
        steps = in_script(without_thinking(written), self.instructions)
        return "wrong_script" if steps is False else None

    def measures(self, outcomes: Sequence[Outcome]) -> tuple[Measure, ...]:
        """Return accuracy, and that over the numbers in a statement of the answer."""
        counts = self._strict(outcomes)
        share = sum(hit for hit, _ in counts) / len(counts)
        return (*super().measures(outcomes), Measure(STRICT, share))

    def corpus_stats(self, outcomes: Sequence[Outcome]) -> Mapping[str, CorpusStats]:
        """Return whether each item's stated number is right, and that it is one item."""
        return {STRICT: CorpusStats(self._strict(outcomes), lambda summed: summed[0] / summed[1])}

    def _strict(self, outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
        accepted = [number(outcome.accepted[0], find("en")) for outcome in outcomes]
        stated = [strict_number(outcome.written or "", self.instructions) for outcome in outcomes]
        return [(float(a == b), 1.0) for a, b in zip(accepted, stated, strict=True)]

    def score(self, item: Item, answer: str) -> float:
        """Return 1 where the numbers are equal, else 0; both as `answer` and MGSM write them."""
        english = find("en")
        return float(number(answer, english) in {number(text, english) for text in item.accepted})


def _solved(language: Language, question: str) -> StopRule:
    """Stop at the end of the line that states the answer, or where a next question begins."""
    asked = rf"\n\s*{re.escape(question)}\s?[:：]"
    return StopRule(
        after_thinking(rf"(?s:.*?)(?:{statement(language)}[^\n]*\n|{asked})"),
        (f"\n{question}:",),
    )


def _row(file: SourceFile, line: int, cells: list[str]) -> Row[Item]:
    question, answer = cells
    if not question:
        raise file.error(line, "an empty question; fill it in or delete the line everywhere.")
    if not _NUMBER.fullmatch(answer):
        raise file.error(line, f"the answer '{answer[:20]}' is no number; correct it.")
    return Row(line, Item(str(line), question, (answer.replace(",", ""),)))


def _number(record: Record) -> str:
    return str(record["answer_number"])
