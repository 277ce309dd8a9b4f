"""Typological vectors of languages, from the tables that the package lang2vec ships.

They are URIEL's (Littell et al. 2017), CC BY-SA 4.0. The package's own distances need files it does
not ship and its code does not run beside current setuptools, so its tables are read here and it is
never imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy

from bridgex.errors import TextError
from bridgex.languages import Language, without_script

Vectors = Literal["family", "geography", "syntax", "phonology", "inventory"]

_TABLES: Mapping[Vectors, tuple[str, str]] = {
    "family": ("family_features.npz", "F_"),
    "geography": ("geocoord_features.npz", "GC_"),
    "syntax": ("feature_averages.npz", "S_"),
    "phonology": ("feature_averages.npz", "P_"),
    "inventory": ("feature_averages.npz", "INV_"),
}
"""Kind → its table and the prefix of its features. The averages are over URIEL's sources (WALS,
SSWL, PHOIBLE, Ethnologue), -1 where none of them knows."""

_PREDICTED = "feature_predictions.npz"
"""What URIEL predicts from a language's nearest neighbours; taken where nothing is known, since of
some large languages (the phonology of Italian and Portuguese) nothing is."""


@dataclass(frozen=True, eq=False)
class Vector:
    """The features of one language.

    Attributes:
        code: the code URIEL has it under.
        values: (features,) float64, none negative.
        predicted: how many of them are predicted.
    """

    code: str
    values: Any
    predicted: int


@dataclass(frozen=True, eq=False)
class Table:
    """Vectors of several languages.

    Attributes:
        kind: which features.
        of: code of a language → its vector.
        source: package and version they came from.
    """

    kind: Vectors
    of: Mapping[str, Vector]
    source: str


def read_vectors(kind: Vectors, languages: Sequence[Language]) -> Table:
    """Read the vectors of languages.

    URIEL has some languages under several codes (``ara`` and ``arb``); the one of which most is
    known is taken. It knows no scripts and no varieties: ``zh_Hant`` has the vectors of ``zh``.

    Raises:
        TextError: the package is not there, its table is damaged, or a language is not in it.
    """
    folder, source = _package()
    name, prefix = _TABLES[kind]
    rows, known = _table(folder / "data" / name, prefix)
    guessed = _table(folder / "data" / _PREDICTED, prefix)[1] if (known < 0).any() else known
    found = {each.code: _vector(each, rows, known, guessed) for each in languages}
    return Table(kind, found, source)


def distance(table: Table, first: Language, second: Language) -> float:
    """Return 1 minus the cosine of two languages, between 0 and 1.

    Raises:
        TextError: URIEL has nothing of that kind about one of them.
    """
    a, b = (table.of[each.code].values for each in (first, second))
    length = float(numpy.sqrt((a @ a) * (b @ b)))
    if length == 0:
        raise TextError(
            f"URIEL knows nothing of the {table.kind} of {first.name} or {second.name}; use "
            "another kind of typology."
        )
    return min(1.0, max(0.0, 1 - float(a @ b) / length))


def _table(path: Path, prefix: str) -> tuple[dict[str, int], Any]:
    """Return language → row, and the features of a prefix, (languages, features)."""
    try:
        with path.open("rb") as file, numpy.load(file, allow_pickle=False) as table:
            features = numpy.char.startswith(table["feats"], prefix)
            rows = {code: at for at, code in enumerate(table["langs"].tolist())}
            return rows, table["data"][:, features, 0]
    except (OSError, ValueError, KeyError, BadZipFile) as problem:
        raise TextError(
            f"The table {path.name} of lang2vec is missing or damaged; install it again: "
            "pip install --force-reinstall lang2vec."
        ) from problem


def _vector(language: Language, rows: Mapping[str, int], known: Any, guessed: Any) -> Vector:
    answering = language.codes | without_script(language).codes
    codes = sorted(code for code in answering if code in rows)
    if not codes:
        raise TextError(
            f"URIEL has no {language.name} ({', '.join(sorted(language.codes))}); leave it out, or "
            "use another chooser than typology."
        )
    code = max(codes, key=lambda each: int((known[rows[each]] >= 0).sum()))
    own = known[rows[code]].astype("float64")
    values = numpy.where(own < 0, guessed[rows[code]], own)
    return Vector(code, values, int((own < 0).sum()))


def _package() -> tuple[Path, str]:
    """Return the package's folder and its version, as pip recorded them.

    The package also installs a script ``lang2vec.py``, which the import system finds first where
    scripts are.
    """
    try:
        package = metadata.distribution("lang2vec")
    except metadata.PackageNotFoundError as problem:
        raise TextError(
            "Typology needs the tables of lang2vec, which is not installed; "
            "pip install 'bridgex[typology]'."
        ) from problem
    return Path(str(package.locate_file("lang2vec"))), f"lang2vec {package.version}"
