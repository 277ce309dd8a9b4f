"""How good a dictionary composed through English is, held against direct ones.

    python benchmarks/composed_lexicons.py DATA [--disagreements N]

DATA is a folder with the wordnets of OMW (``omw-wikt``) and the dictionaries of MUSE (``muse``).
References are the direct dictionary of OMW and the embedded lexicon. ``covered``: words of the
reference that the composed dictionary has; of these, ``first``: the share whose first translation
the reference accepts, ``any``: that have an accepted translation; ``right``: the share of all their
translations that it accepts; ``found``: the share of its translations that are there. A reference
that lacks a sense disagrees too, so N disagreements of each pair are for reading by eye.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridgex import languages
from bridgex.languages import Language
from bridgex.texts import (
    Composed,
    Composition,
    Lexicon,
    compose,
    fold,
    read_lexicon,
    sample_lexicon,
)
from bridgex.texts.chinese import converted_lexicon

PAIRS = (("id", "he"), ("ar", "he"), ("zh", "ja"))
PIVOT = languages.find("en")
SETTINGS = {
    "MUSE": (Composition(),),
    "OMW": (
        Composition(translations=10_000),
        Composition(),
        Composition(translations=4),
        Composition(paths=2),
    ),
}
FOLDERS = {"MUSE": "muse", "OMW": "omw-wikt"}


def folded(lexicon: Lexicon) -> dict[str, list[str]]:
    entries: dict[str, list[str]] = {}
    for word, target in lexicon.pairs():
        targets = entries.setdefault(fold(word, lexicon.source), [])
        if (known := fold(target, lexicon.target)) not in targets:
            targets.append(known)
    return entries


def share(part: Iterable[bool]) -> str:
    hits = list(part)
    return f"{sum(hits) / len(hits):.3f}"


def agreement(
    made: Mapping[str, list[str]], reference: Mapping[str, list[str]]
) -> tuple[str, str, str, str, str]:
    common = [word for word in reference if word in made]
    return (
        f"{len(common)} of {len(reference)}",
        share(made[word][0] in reference[word] for word in common),
        share(bool(set(made[word]) & set(reference[word])) for word in common),
        share(target in reference[word] for word in common for target in made[word]),
        share(target in made[word] for word in common for target in reference[word]),
    )


def composed(folder: Path, pair: tuple[Language, Language], settings: Composition) -> Composed:
    first, second = (
        converted_lexicon(read_lexicon(folder, *leg))
        for leg in ((pair[0], PIVOT), (PIVOT, pair[1]))
    )
    return compose(first, second, settings)


def disagreements(made: Composed, reference: Lexicon) -> Iterator[str]:
    accepted = folded(reference)
    for word, targets in made.through.items():
        known = accepted.get(fold(word, reference.source))
        first, pivot = next(iter(targets.items()))
        if known and fold(first, reference.target) not in known:
            yield f"{word} –({', '.join(pivot)})→ {first} ≠ {' '.join(known)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--disagreements", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    figures = ("covered", "first", "any", "right", "found")
    table = Table("pair", "made from", "words", "reference", *figures)
    for source, target in PAIRS:
        pair = languages.find(source), languages.find(target)
        direct = read_lexicon(arguments.data / FOLDERS["OMW"], *pair)
        references = {"OMW": direct, "embedded": sample_lexicon(*pair)}
        rows: list[tuple[str, Lexicon, tuple[str, ...]]] = [("OMW, direct", direct, ("embedded",))]
        for name, tried in SETTINGS.items():
            for settings in tried:
                made = composed(arguments.data / FOLDERS[name], pair, settings)
                what = f"{name}, paths ≥ {settings.paths}, translations ≤ {settings.translations}"
                rows.append((what, made.lexicon, tuple(references)))
                if settings == Composition() and arguments.disagreements:
                    different = list(disagreements(made, direct))
                    step = max(1, len(different) // arguments.disagreements)
                    print(f"{source}-{target} {name}: {len(different)} first translations differ")
                    print(*different[::step][: arguments.disagreements], sep="\n")
        for what, lexicon, against in rows:
            for reference in against:
                values = agreement(folded(lexicon), folded(references[reference]))
                words = str(len(lexicon.entries))
                table.add_row(f"{source}-{target}", what, words, reference, *values)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
