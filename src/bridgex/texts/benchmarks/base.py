"""What a benchmark must know; a new one is a new file and a place in ``BENCHMARKS``."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from bridgex.texts.benchmarks.items import AnyItem, Item_co
from bridgex.texts.files import SourceFile

Item = TypeVar("Item", bound=AnyItem)


class BenchmarkFormat(Protocol[Item_co]):
    """How a benchmark is published: a file for each language, with the same items in each.

    Attributes:
        name: the benchmark's name, casefolded.
        shape: what a file of it is, for errors: ``JSON Lines``.
    """

    name: str
    shape: str

    def recognises(self, path: Path) -> bool:
        """Whether a file is of this format, from its name."""
        ...

    def read(self, path: Path) -> tuple[SourceFile, Iterator[tuple[int, Item_co]]]:
        """Read the items of one language, each with its line; both its languages are that one.

        Raises:
            TextError: a row is not of this format; file and line are named.
        """
        ...


@runtime_checkable
class BilingualFormat(BenchmarkFormat[Item], Protocol[Item]):
    """A benchmark whose items have a part in each of two languages."""

    def gold(self, item: Item) -> Hashable:
        """Return what of an item must be the same in every language: its answer."""
        ...

    def across(self, source: Item, target: Item) -> Item:
        """Return an item whose part in the source language is from ``source``."""
        ...
