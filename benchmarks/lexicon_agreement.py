"""How far the embedded lexicon agrees with published dictionaries, English into each language.

    python benchmarks/lexicon_agreement.py DATA [--disagreements LANGUAGE …]

DATA is a folder with the wordnets of OMW (``omw-wikt``) and the dictionaries of MUSE (``muse``).
``covered`` counts the concepts whose English word the reference has, ``agreed`` the share of them
for which the reference accepts at least one word that the embedded lexicon accepts. A reference
that lacks a concept's sense disagrees too: the lists are for reading by eye.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridgex import languages
from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.texts import Lexicon, fold, read_lexicon, sample_lexicon

REFERENCES = {"OMW": "omw-wikt", "MUSE": "muse"}
ENGLISH = languages.find("en")


@dataclass(frozen=True)
class Agreement:
    covered: int
    disagreements: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]

    @property
    def share(self) -> float:
        return 1 - len(self.disagreements) / self.covered


def agreement(sample: Lexicon, reference: Lexicon) -> Agreement:
    accepted: dict[str, dict[str, str]] = {}
    for word, targets in reference.entries.items():
        known = accepted.setdefault(fold(word, reference.source), {})
        known.update((fold(target, reference.target), target) for target in targets)
    covered = 0
    disagreements = []
    for word, targets in sample.entries.items():
        known = accepted.get(fold(word, sample.source), {})
        covered += bool(known)
        if known and not known.keys() & {fold(target, sample.target) for target in targets}:
            disagreements.append((word, targets, tuple(known.values())))
    return Agreement(covered, tuple(disagreements))


def reference_lexicon(folder: Path, language: Language) -> Lexicon | None:
    try:
        return read_lexicon(folder, ENGLISH, language)
    except TextError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--disagreements", nargs="*", default=[], metavar="LANGUAGE")
    arguments = parser.parse_args()
    wanted = {languages.find(each) for each in arguments.disagreements}
    console = Console(width=100)
    table = Table(
        "pair",
        "concepts",
        *(f"{name} {what}" for name in REFERENCES for what in ("covered", "agreed")),
    )
    for language in languages.PAPER_LANGUAGES:
        if language == ENGLISH:
            continue
        sample = sample_lexicon(ENGLISH, language)
        cells = [f"en-{language}", str(len(sample.entries))]
        for name, folder in REFERENCES.items():
            reference = reference_lexicon(arguments.data / folder, language)
            if reference is None:
                cells += ["-", "no file"]
                continue
            result = agreement(sample, reference)
            cells += [str(result.covered), f"{result.share:.3f}"]
            if language in wanted:
                for word, ours, theirs in result.disagreements:
                    print(f"{language} {name} {word}: {' '.join(ours)} ≠ {' '.join(theirs)}")
        table.add_row(*cells)
    console.print(table)


if __name__ == "__main__":
    main()
