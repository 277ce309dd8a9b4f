"""What one run reads: one object and one set of options for every command."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from bridgex import languages
from bridgex.data.fetched import source_folder
from bridgex.errors import RequestError, TextError
from bridgex.fields import Fields
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts import (
    Corpus,
    Lexicon,
    chinese,
    read_corpus,
    read_lexicon,
    read_parallel,
    sample_corpus,
    sample_lexicon,
)
from bridgex.texts.limits import ReadingLimits, reading_limits


class Budget(Fields):
    """How much text of each language is read: its first sentences, or all of them.

    Attributes:
        sentences: number of sentences; None is no bound.
        tokens: whole sentences are read until they reach this number of tokens, special tokens
            left out; None is no bound.
    """

    sentences: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.sentences is not None and self.tokens is not None:
            raise RequestError("A budget is in sentences or in tokens, not both; give one.")
        return self

    def __str__(self) -> str:
        if self.sentences is not None:
            return f"{self.sentences:,} sentences"
        return "all text" if self.tokens is None else f"{self.tokens:,} tokens"


class Texts(Fields):
    """What one run reads; the embedded sentences and words where nothing is given.

    Where a path is asked for, the name of a source that ``bridgex data get`` fetched will do, and
    for a corpus or a benchmark ``hf:OWNER/NAME``, a data set of the Hub.

    Attributes:
        corpus: folder with a text file per language.
        field: field or column of the corpus that holds its sentences; by default ``text`` or
            ``sentence``.
        budget: how much text of each language is read.
        lexicon: dictionary files or folders, or one dictionary for its own pair.
        pivot: language through which a dictionary is composed where none serves a pair; by
            default English, then the paper's others.
        endonyms: names for prompts in place of the usual ones, by language.
        convert_chinese: whether Chinese texts are converted to the script of their code
            (simplified for ``zh``).
        data: folder of the benchmark, or task → folder.
        split: ``dev``, ``test``, …, where a benchmark has several files for a language.
        limits: how much may be read of one file; those in force where none are given.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    corpus: Path | None = None
    field: str | None = None
    budget: Budget = Budget()
    lexicon: tuple[Path, ...] | Lexicon = ()
    pivot: str | None = None
    endonyms: Mapping[str, str] = Field(default_factory=dict)
    convert_chinese: bool = False
    data: Path | Mapping[str, Path] | None = None
    split: str | None = None
    limits: ReadingLimits | None = None

    @field_validator("corpus", "field", "lexicon", "pivot", "data", "split", mode="before")
    @classmethod
    def _not_empty(cls, given: Any, info: ValidationInfo) -> Any:
        """Refuse an empty text, which as a path would be the folder one happens to be in."""
        several = given.values() if isinstance(given, Mapping) else given
        several = several if isinstance(several, Collection) else ()
        if given == "" or any(value == "" for value in several):
            raise RequestError(f"{info.field_name} is an empty text; fill it in or leave it out.")
        return given

    @field_validator("lexicon", mode="before")
    @classmethod
    def _several_paths(cls, given: Any) -> Any:
        if given is None:
            return ()
        return (given,) if isinstance(given, str | Path) else given

    @model_validator(mode="after")
    def _of_what_is_given(self) -> Self:
        if self.field is not None and self.corpus is None:
            raise RequestError(
                f"The field '{self.field}' is of a corpus that is not given; add --corpus."
            )
        if self.pivot is not None and not isinstance(self.lexicon, Lexicon) and not self.lexicon:
            raise RequestError(
                f"The pivot '{self.pivot}' is of a dictionary that is not given; add --lexicon."
            )
        return self

    def named(
        self, spoken: Sequence[Language], *, others_too: bool = False
    ) -> tuple[Language, ...]:
        """Return languages under the endonyms asked for.

        Args:
            spoken: the languages of a run, or of one part of it.
            others_too: whether endonyms may be of languages that are not among them.

        Raises:
            UnknownLanguageError: an endonym is given for a language that nothing recognises.
            RequestError: an endonym is given for none of them, twice for one, or cannot be a name.
        """
        asked: dict[Language, str] = {}
        for code, endonym in self.endonyms.items():
            language = languages.find(code)
            if language not in spoken and not others_too:
                raise RequestError(
                    f"An endonym is given for {language.name}, which is not among the languages "
                    "of this run; leave it out."
                )
            if language in asked:
                raise RequestError(f"{language.name} is given two endonyms; keep one of them.")
            asked[language] = endonym
        return tuple(
            language.with_endonym(asked[language]) if language in asked else language
            for language in spoken
        )

    def corpus_of(self, language: Language) -> Corpus:
        """Return a language's sentences, as many as a budget in sentences asks for.

        Raises:
            TextError: there is no text of that language, or it cannot be read.
        """
        if self.corpus is None:
            corpus = sample_corpus(language)
        else:
            folder = source_folder(self.corpus, "corpus", languages=[language])
            with reading_limits(self.limits):
                corpus = read_corpus(folder, language, self.field, sentences=self.budget.sentences)
        return chinese.converted_corpus(corpus) if self.convert_chinese else corpus

    def parallel(self, spoken: Sequence[Language]) -> tuple[Corpus, ...]:
        """Return sentences of several languages of which each is the translation of the others'.

        Raises:
            TextError: as `corpus_of`, or the files have different numbers of lines.
        """
        if self.corpus is None:
            corpora = tuple(sample_corpus(language) for language in spoken)
        else:
            folder = source_folder(self.corpus, "corpus")
            with reading_limits(self.limits):
                corpora = read_parallel(folder, spoken, self.field)
        if not self.convert_chinese:
            return corpora
        return tuple(chinese.converted_corpus(corpus) for corpus in corpora)

    def lexicon_of(self, source: Language, target: Language) -> Lexicon:
        """Return the dictionary of a pair.

        Raises:
            TextError: the files are damaged or do not serve the pair, or there are no embedded
                words for it.
        """
        if isinstance(self.lexicon, Lexicon):
            lexicon = self.lexicon
            if (lexicon.source, lexicon.target) != (source, target):
                raise TextError(
                    f"The dictionary given is {lexicon.source.name}–{lexicon.target.name} and "
                    f"does not serve {source.name}–{target.name}; give one of that pair."
                )
        elif self.lexicon:
            pivot = languages.find(self.pivot) if self.pivot else None
            paths = [source_folder(path, "lexicon") for path in self.lexicon]
            with reading_limits(self.limits):
                lexicon = read_lexicon(paths, source, target, pivot=pivot)
        else:
            lexicon = sample_lexicon(source, target)
        lexicon = replace(lexicon, source=source, target=target)  # under the endonyms of the run
        return chinese.converted_lexicon(lexicon) if self.convert_chinese else lexicon

    def may_have_lexicon(self, source: Language, target: Language) -> bool:
        """Return whether a dictionary is given for a pair, or embedded words serve it."""
        if isinstance(self.lexicon, Lexicon):
            return (self.lexicon.source, self.lexicon.target) == (source, target)
        return bool(self.lexicon) or {source, target} <= set(PAPER_LANGUAGES)

    def dictionaries_into(
        self, bridges: Sequence[Language], source: Language
    ) -> dict[str, Lexicon]:
        """Read dictionaries from the source into bridges, for solved examples.

        What the given files do not serve comes from the embedded words, and is missing where
        those do not have the languages either.
        """
        lexicons = {bridge.code: self._dictionary(source, bridge) for bridge in bridges}
        return {code: lexicon for code, lexicon in lexicons.items() if lexicon}

    def _dictionary(self, source: Language, bridge: Language) -> Lexicon | None:
        try:
            return self.lexicon_of(source, bridge)
        except (TextError, RequestError):
            pass  # what is given serves the pair, and need not serve every bridge
        if not {source, bridge} <= set(PAPER_LANGUAGES):
            return None
        embedded = sample_lexicon(source, bridge)
        return chinese.converted_lexicon(embedded) if self.convert_chinese else embedded

    def description(self) -> dict[str, Any]:
        """Return what is read as plain values; a dictionary in memory by its digest."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude={"lexicon", "limits"})
        if isinstance(self.lexicon, Lexicon):
            return {**values, "lexicon": self.lexicon.digest}
        return {**values, "lexicon": [str(path) for path in self.lexicon]}

    def benchmark_folder(
        self, task: str, benchmark: str, languages: Sequence[Language] = ()
    ) -> Path | None:
        """Return the folder of a task's data; None where none is given.

        Args:
            task: its name.
            benchmark: its benchmark's.
            languages: whose files will be read.

        Raises:
            TextError: the folder is missing.
        """
        data = self.data
        if isinstance(data, Mapping):
            data = data.get(task, data.get(benchmark))
        if data is None:
            return None
        return source_folder(data, "benchmark", languages=languages)
