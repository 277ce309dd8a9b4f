"""Open Multilingual Wordnet tab files, joined on the synset (Bond and Foster 2013).

``wn-wikt-heb.tab``: a comment line (project, language, address, licence), then rows ``synset TAB
heb:lemma TAB word``; rows of other kinds (definitions, examples) are passed over.

A word's targets are sorted by the synsets shared, most first, each weighing 1 / (source words in
it): a synset that a word has to itself is more likely its main sense. Over ten pairs of these files
the first target is one that the embedded lexicon accepts in 0.876 of 5,376 words, against 0.853
with every synset weighing the same. Source words come sorted by their number of synsets, most
first, for the files know no frequency and frequent words have more senses.

Adjectives are satellites (``-s``) in some wordnets and plain adjectives (``-a``) in others; their
numbers are the same, and so are the synsets, unless one of the wordnets has both under one number.

Left out, as a probe has no use for them: lemmas of several words, and cells that are no word:
empty, lists, markup, digits, Latin letters alone where the language is not written in them.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path

from bridgex.languages import Language, without_script
from bridgex.texts.files import TextFile, head, plain_name, trimmed
from bridgex.texts.fit import Fit, fit_of_tag
from bridgex.texts.limits import require_pairs
from bridgex.texts.names import stated
from bridgex.texts.provenance import LICENCE_NOT_STATED
from bridgex.texts.tags import Tag, read_tag

_NO_INSIDE = str.maketrans("", "", "'’׳״־-ー・·")
"""Takes away what words have inside beside letters."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f'’-]+")
_ROW = re.compile(r"(\d+-[a-z])\t(?:\w+:)?lemma\t([^\t]*)")
_OTHER_ROW = re.compile(r"\d+-[a-z]\t[^\t]*\t")

Synsets = Mapping[str, Collection[str]]
"""The words of each synset, each once."""


class Wordnet:
    """Tab files of one language each."""

    name = "Open Multilingual Wordnet"
    shape = "wordnet .tab files for both languages (synset, heb:lemma, word)"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tab``."""
        return plain_name(path).casefold().endswith(".tab")

    def offers(self, path: Path) -> frozenset[str]:
        """The language's tag, as the rows or the file's name have it."""
        tag = _tag(path)
        return frozenset({tag.text} if tag else ())

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return the nearest files of both languages, when each has one of its own."""
        sources, targets = _nearest(paths, source), _nearest(paths, target)
        if not sources or not targets or sources.keys() & targets.keys():
            return ()
        return (*sources, *targets)

    def steps(self, paths: Sequence[Path], source: Language, target: Language) -> tuple[str, ...]:
        """Return a note for each file whose language stands for one of the pair."""
        fits = (*_nearest(paths, source).values(), *_nearest(paths, target).values())
        return tuple(dict.fromkeys(fit.step for fit in fits if fit.step))

    def pairs(
        self, files: Sequence[TextFile], source: Language, target: Language
    ) -> Iterator[tuple[str, str]]:
        """Yield the words that share a synset, sorted as the module says."""
        paths = [file.path for file in files]
        in_source, in_target = (
            _synsets(tuple(file for file in files if file.path in nearest), language)
            for language in (source, target)
            for nearest in (_nearest(paths, language),)
        )
        in_source, in_target = _one_adjective(in_source, in_target)
        pairs = sum(
            len(words) * len(in_target.get(synset, ())) for synset, words in in_source.items()
        )
        rows = sum(len(file.lines) for file in files)
        require_pairs(" and ".join(str(file.path) for file in files), pairs, rows)
        return join(in_source, in_target)

    def licence(self, files: Sequence[TextFile], /) -> str:
        """Return what the comment lines of the files state."""
        comments = [file.lines[0].split("\t") for file in files if file.lines[0].startswith("#")]
        licences = dict.fromkeys(cells[3].strip() for cells in comments if len(cells) > 3)
        return ", ".join(licence for licence in licences if licence) or LICENCE_NOT_STATED


def _nearest(paths: Sequence[Path], language: Language) -> dict[Path, Fit]:
    """Return the files that come nearest to a language, and how near they come."""
    tags = {path: tag for path in paths if (tag := _tag(path))}
    fits = {path: fit for path, tag in tags.items() if (fit := fit_of_tag(tag, language))}
    rank = min((fit.rank for fit in fits.values()), default=None)
    return {path: fit for path, fit in fits.items() if fit.rank == rank}


def _tag(path: Path) -> Tag | None:
    """Return the tag of the rows (``heb:lemma``), or the file name's where that has a script, too.

    Where the rows have none, it is that of the file's name.
    """
    of_name = stated(plain_name(path)).tag
    for line in head(path):
        cells = line.split("\t")
        if len(cells) >= 3 and not line.startswith("#") and ":" in cells[1]:
            of_rows = read_tag(cells[1].split(":")[0])
            if of_name and of_rows and without_script(of_name.plain) == of_rows.language:
                return of_name
            return of_rows
    return of_name


def join(source: Synsets, target: Synsets) -> Iterator[tuple[str, str]]:
    """Yield (source word, target word) of two languages' words by synset, likely targets first."""
    senses = Counter(chain.from_iterable(source.values()))
    weights: dict[str, dict[str, float]] = {}
    for synset, words in source.items():
        translations = target.get(synset, ())
        for word in words if translations else ():
            of_word = weights.setdefault(word, {})
            for translation in translations:
                of_word[translation] = of_word.get(translation, 0.0) + 1 / len(words)
    for word in sorted(weights, key=senses.__getitem__, reverse=True):
        of_word = weights[word]
        yield from zip(repeat(word), sorted(of_word, key=of_word.__getitem__, reverse=True))


def _one_adjective(source: Synsets, target: Synsets) -> tuple[Synsets, Synsets]:
    """Return both with satellite adjectives under the number of adjectives, as far as they meet."""
    distinct = {
        synset
        for synsets in (source, target)
        for synset in synsets
        if synset.endswith("-s") and _adjective(synset) in synsets
    }

    def merged(synsets: Synsets) -> Synsets:
        return {
            _adjective(synset) if synset not in distinct else synset: words
            for synset, words in synsets.items()
        }

    has_satellites = any(synset.endswith("-s") for synset in chain(source, target))
    return (merged(source), merged(target)) if has_satellites else (source, target)


def _adjective(synset: str) -> str:
    return f"{synset[:-1]}a" if synset.endswith("-s") else synset


@lru_cache(maxsize=4)
def _synsets(files: tuple[TextFile, ...], language: Language) -> Synsets:
    """Return the words of each synset, kept for the next pairs of the same language."""
    synsets: defaultdict[str, dict[str, None]] = defaultdict(dict)
    latin = language.script == "Latn"
    for file in files:
        for number, line in enumerate(file.lines, start=1):
            row = _ROW.match(line)
            if row is None:
                _pass_over(file, number, line)
                continue
            lemma = row[2]
            word = lemma if lemma.isalpha() else _single_word(lemma)
            if word and (latin or not _LATIN.fullmatch(word)):
                synsets[row[1]][word] = None
    return synsets


def _pass_over(file: TextFile, number: int, line: str) -> None:
    """Let comments, blank lines and rows of other kinds be, and refuse anything else."""
    if line.strip() and not line.startswith("#") and not _OTHER_ROW.match(line):
        raise file.error(
            number,
            "no wordnet row (synset TAB language:lemma TAB word); correct or delete the row.",
        )


def _single_word(lemma: str) -> str:
    """Return a lemma as a single word, or an empty string when it is none."""
    word = trimmed(lemma).strip(" -")
    if " " in word or not word[:1].isalpha():
        return ""
    letters = word.translate(_NO_INSIDE)
    marked = letters.isalpha() or all(unicodedata.category(letter)[0] in "LM" for letter in letters)
    return word if marked else ""
