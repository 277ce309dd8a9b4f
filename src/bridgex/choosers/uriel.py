"""Typological vectors of languages, from the tables that the package lang2vec ships.

They are URIEL's (Littell et al. 2017), CC BY-SA 4.0. The package's own distances need files it does
not ship and its code does not run beside current setuptools, so its tables are read here and it is
never imported.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy

from bridgex.errors import TextError
from bridgex.languages import Language

Vectors = Literal["family", "geography", "syntax", "phonology", "inventory"]

_TABLES: Mapping[Vectors, tuple[str, str]] = {
    "family": ("family_features.npz", "F_"),
    "geography": ("geocoord_features.npz", "GC_"),
    "syntax": ("feature_averages.npz", "S_"),
    "phonology": ("feature_averages.npz", "P_"),
    "inventory": ("feature_averages.npz", "INV_"),
}
"""Kind → its table and the prefix of its features. The averages are over URIEL's sources (WALS,
SSWL, PHOIBLE, Ethnologue), -1 where none of them knows; nothing predicted is used."""

FEWEST_FEATURES = 5
"""A distance over fewer known features says nothing."""


@dataclass(frozen=True, eq=False)
class Vector:
    """The features of one language.

    Attributes:
        code: the code URIEL has it under.
        values: (features,) float64; -1 where not known.
    """

    code: str
    values: Any

    @property
    def known(self) -> int:
        """Number of known features."""
        return int((self.values >= 0).sum())


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
    known is taken.

    Raises:
        TextError: the package is not there, its table is damaged, or a language is not in it.
    """
    name, prefix = _TABLES[kind]
    folder, source = _package()
    try:
        with numpy.load(folder / "data" / name, allow_pickle=False) as table:
            features = numpy.char.startswith(table["feats"], prefix)
            rows = {code: at for at, code in enumerate(table["langs"].tolist())}
            data = table["data"][:, :, 0]
    except (OSError, ValueError, KeyError, BadZipFile) as problem:
        raise TextError(
            f"The table {name} of lang2vec is missing or damaged; install it again: "
            "pip install --force-reinstall 'bridgex[typology]'."
        ) from problem
    found = {each.code: _vector(each, rows, data[:, features]) for each in languages}
    return Table(kind, found, source)


def distance(table: Table, first: Language, second: Language) -> float:
    """Return 1 minus the cosine of two languages over the features known of both.

    Between 0 and 1, since no feature is negative.

    Raises:
        TextError: too few features are known of both.
    """
    a, b = (table.of[each.code].values for each in (first, second))
    both = (a >= 0) & (b >= 0)
    a, b = a[both], b[both]
    length = float(numpy.sqrt((a @ a) * (b @ b)))
    if int(both.sum()) < FEWEST_FEATURES or length == 0:
        raise TextError(
            f"URIEL knows too little of the {table.kind} of {first.name} and {second.name} "
            f"({int(both.sum())} features); use another kind of typology."
        )
    return max(0.0, 1 - float(a @ b) / length)


def _vector(language: Language, rows: Mapping[str, int], data: Any) -> Vector:
    codes = sorted(code for code in language.codes if code in rows)
    if not codes:
        raise TextError(
            f"URIEL has no {language.name} ({', '.join(sorted(language.codes))}); leave it out, or "
            "use another chooser than typology."
        )
    vectors = [Vector(code, data[rows[code]].astype("float64")) for code in codes]
    return max(vectors, key=lambda each: each.known)


def _package() -> tuple[Path, str]:
    spec = importlib.util.find_spec("lang2vec")
    if spec is None or not spec.submodule_search_locations:
        raise TextError(
            "Typology needs the tables of lang2vec, which is not installed; "
            "pip install 'bridgex[typology]'."
        )
    return Path(spec.submodule_search_locations[0]), f"lang2vec {metadata.version('lang2vec')}"
