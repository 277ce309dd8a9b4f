"""Translation of sentences (FLORES), measured with chrF++ and BLEU by sacreBLEU.

FLORES-200 and FLORES+ (NLLB Team 2022) are in any format of a corpus: ``eng_Latn.devtest`` of plain
lines, or ``eng_Latn.jsonl`` and ``eng_Latn.parquet`` with a field ``text``; line ``i`` is the same
sentence in every language.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any, ClassVar, Self

from bridgex.errors import RequestError, TextError
from bridgex.generation import GenerationSpec
from bridgex.languages import Language
from bridgex.tasks.base import Rows
from bridgex.tasks.forms import forms
from bridgex.tasks.items import Item
from bridgex.tasks.learned import LearnedMetric, metric_named, scores
from bridgex.tasks.outcomes import CorpusStats, Measure, Outcome, Problem
from bridgex.tasks.parsing import LINE
from bridgex.tasks.request import Style
from bridgex.tasks.script import in_script
from bridgex.tasks.templated import Templated
from bridgex.tasks.templates import TRANSLATION, Template
from bridgex.texts.benchmarks import ANY_CORPUS, FileKind, Row
from bridgex.texts.corpus_formats import SHAPES, format_of
from bridgex.texts.files import SourceFile

TOKENIZERS = {
    **dict.fromkeys(("Hans", "Hant", "Hani"), "zh"),
    **dict.fromkeys(("Jpan", "Hira", "Kana"), "ja-mecab"),
    **dict.fromkeys(("Hang", "Kore"), "ko-mecab"),
    **dict.fromkeys(("Thai", "Laoo", "Khmr", "Mymr", "Tibt"), "char"),
    **dict.fromkeys(("Bali", "Java", "Lana", "Tale", "Talu", "Tavt", "Yiii"), "char"),
}
"""sacreBLEU's tokenizers by the target's script, where words stand without spaces or, in Korean,
carry their particles; others get its ``13a``. Scripts that it has no segmenter for are cut into
characters: 13a takes a Thai sentence for one word."""

_PACKAGES = {"ja-mecab": "sacrebleu[ja]", "ko-mecab": "sacrebleu[ko]"}


@dataclass(frozen=True, kw_only=True)
class Translation(Templated):
    """Translate a sentence; an item scores its sentence's chrF++, a system that of its corpus.

    chrF++: Popović 2017, BLEU: Papineni et al. 2002, both as Post 2018 (sacreBLEU) computes them.

    Attributes:
        metrics: learned metrics beside these, each the mean over items.
    """

    name: ClassVar[str] = "translation"
    benchmark: ClassVar[str] = "flores"
    files: ClassVar[FileKind] = ANY_CORPUS
    styles: ClassVar[tuple[Style, ...]] = tuple(TRANSLATION)
    templates: ClassVar[Mapping[Style, Template]] = TRANSLATION
    metric: ClassVar[str] = "chrF++"
    in_language: ClassVar[bool] = False
    generation: ClassVar[GenerationSpec] = GenerationSpec(160, LINE)

    metrics: tuple[LearnedMetric, ...] = ()

    def __post_init__(self) -> None:
        """Refuse before a model is asked what could not be measured afterwards."""
        self._metrics()

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read sentences, each its own reference until it is joined with the target's."""
        del target
        corpus = format_of(path)
        if corpus is None:
            raise TextError(f"{path} is not {SHAPES}, which is what is read here; convert it.")
        file, sentences = corpus.read(path, None)
        return file, (_row(file, line, text) for line, text in sentences)

    @property
    def form(self) -> str:
        """To translate the text, and answer with the translation alone."""
        return forms(self.instructions).text if self.style == "default" else ""

    def fault(self, item: Item, written: str, answer: str) -> Problem | None:
        """Tell of a translation in another script than its language's."""
        del item, written
        return "wrong_script" if in_script(answer, self.target) is False else None

    def score(self, item: Item, answer: str) -> float:
        """Return the sentence's chrF++, 0 to 100."""
        return float(_chrf().sentence_score(answer, list(item.accepted)).score)

    def measures(self, outcomes: Sequence[Outcome]) -> tuple[Measure, ...]:
        """Return chrF++ and BLEU of all answers together, then the learned metrics.

        A missing answer is an empty one.
        """
        answers, references = _texts(outcomes)
        counted = tuple(
            Measure(
                name,
                float(metric.corpus_score(answers, references).score),
                str(metric.get_signature()),
            )
            for name, metric in self._metrics()
        )
        learned = (
            Measure(metric.name, fmean(values), metric.signature)
            for metric, values in self._learned(outcomes)
        )
        return (*counted, *learned)

    def corpus_stats(self, outcomes: Sequence[Outcome]) -> Mapping[str, CorpusStats]:
        """Return each sentence's counts of n-grams, as sacreBLEU sums and scores them.

        Of a learned metric, its score.
        """
        counted = {name: _pool(metric, *_texts(outcomes)) for name, metric in self._metrics()}
        learned = {metric.name: _mean(values) for metric, values in self._learned(outcomes)}
        return counted | learned

    def measured_by(self, metrics: Sequence[str]) -> Self:
        """Return the same task with learned metrics beside its own.

        Raises:
            RequestError: there is none of a name, one is named twice, or what it needs is missing.
        """
        made = (*self.metrics, *map(metric_named, metrics))
        names = ["chrF++", "BLEU", *(metric.name for metric in made)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise RequestError(f"Two metrics are called {twice}; leave out one --metric.")
        return replace(self, metrics=made)

    def _learned(
        self, outcomes: Sequence[Outcome]
    ) -> Iterator[tuple[LearnedMetric, tuple[float, ...]]]:
        """Yield each learned metric with its score of every outcome."""
        if self.metrics:
            contexts = {item.id: item.context for item in self.items}
            sources = tuple(contexts[outcome.item] for outcome in outcomes)
            answers, references = _texts(outcomes)
            for metric in self.metrics:
                yield metric, scores(metric, sources, tuple(answers), tuple(references[0]))

    def _metrics(self) -> tuple[tuple[str, Any], ...]:
        return ("chrF++", _chrf()), ("BLEU", _bleu(self.target.script))


def _texts(outcomes: Sequence[Outcome]) -> tuple[list[str], list[list[str]]]:
    answers = [outcome.answer or "" for outcome in outcomes]
    return answers, [[outcome.accepted[0] for outcome in outcomes]]


def _pool(metric: Any, answers: list[str], references: list[list[str]]) -> CorpusStats:
    counts = metric._extract_corpus_statistics(answers, references)
    return CorpusStats(counts, lambda summed: float(metric._compute_score_from_stats(summed).score))


def _mean(values: Sequence[float]) -> CorpusStats:
    return CorpusStats([(value, 1.0) for value in values], lambda summed: summed[0] / summed[1])


def _row(file: SourceFile, line: int, text: str) -> Row[Item]:
    if not text:
        raise file.error(line, "a blank line; fill it in or delete the line everywhere.")
    return Row(line, Item(str(line), text, (text,)))


@functools.cache
def _chrf() -> Any:
    return _sacrebleu().CHRF(word_order=2)


@functools.cache
def _bleu(script: str) -> Any:
    tokenizer = TOKENIZERS.get(script, "13a")
    try:
        return _sacrebleu().BLEU(tokenize=tokenizer)
    except (ImportError, RuntimeError) as problem:
        raise RequestError(
            f"BLEU needs the tokenizer {tokenizer} for a target in this script ({script}); "
            f"pip install '{_PACKAGES.get(tokenizer, 'bridgex[tasks]')}'."
        ) from problem


def _sacrebleu() -> Any:
    try:
        from sacrebleu import metrics
    except ImportError as problem:
        raise RequestError(
            "Translation is measured by sacreBLEU; pip install 'bridgex[tasks]'."
        ) from problem
    return metrics
