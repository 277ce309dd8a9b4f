"""Named things of one kind that packages may add to: tasks, choosers, model architectures."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import metadata
from typing import Generic, TypeVar

from bridgex.errors import RequestError, nearest

Thing = TypeVar("Thing")

_NAME = re.compile(r"[^\s,]+")
"""Names are separated by commas on the command line."""


class Registry(Generic[Thing]):
    """Built-in things of one kind, those registered by a call, and those of entry points.

    Entry points are loaded when names are first asked for. A plug-in that cannot be loaded, or
    that takes a name that exists, is left out and named in `problems`; the others go on.

    Attributes:
        kind: what one of them is called, for messages: ``task``.
        group: group of entry points that packages name theirs in: ``bridgex.tasks``.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        built_in: Callable[[], Mapping[str, Thing]],
        check: Callable[[object], Thing],
        *,
        own_name: Callable[[Thing], str] | None = None,
        aliases: Callable[[Thing], Iterable[str]] | None = None,
    ) -> None:
        """Make a registry.

        Args:
            kind: what one of them is called.
            group: group of entry points.
            built_in: returns name → thing, when first needed.
            check: returns a thing that a plug-in or a call brings, or raises `RequestError`.
            own_name: the name that a thing states itself, which must be the one it is registered
                under; not compared by default.
            aliases: other names that stand for a thing; of two things with one alias, it is the
                first one's.
        """
        self.kind = kind
        self.group = group
        self._built_in = built_in
        self._check = check
        self._own_name = own_name
        self._aliases = aliases
        self._added: dict[str, Thing] = {}
        self._plugged: dict[str, Thing] | None = None
        self._problems: dict[str, list[str]] = {}

    def register(self, name: str, thing: Thing) -> None:
        """Add a thing under a name of its own.

        Raises:
            RequestError: the name exists or cannot be one, or the thing is not of this kind.
        """
        if name in self:
            raise RequestError(f"There is a {self.kind} '{name}' already; choose another name.")
        self._added[name] = self._usable(name, thing)

    def unregister(self, name: str) -> None:
        """Remove what `register` added.

        Raises:
            RequestError: `register` added nothing under that name.
        """
        if name not in self._added:
            raise RequestError(
                f"No {self.kind} '{name}' was registered by a call; only those can be removed."
            )
        del self._added[name]

    def __getitem__(self, name: str) -> Thing:
        """Return the thing of a name or an alias.

        Raises:
            RequestError: there is none of that name; the nearest is suggested.
        """
        known = self._all()
        aliases = self._alias_names(known)
        if name in known or name in aliases:
            return known[name if name in known else aliases[name]]
        broken = " ".join(self._problems.get(name, ()))
        raise RequestError(
            f"There is no {self.kind} '{name}'.{nearest(name, [*known, *aliases])} "
            f"{broken or 'Use ' + ', '.join(known) + '.'}"
        )

    def __contains__(self, name: str) -> bool:
        known = self._all()
        return name in known or name in self._alias_names(known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    @property
    def names(self) -> tuple[str, ...]:
        """Names without aliases, built-in ones first."""
        return tuple(self._all())

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each plug-in that was left out."""
        self._all()
        return tuple(sentence for of_name in self._problems.values() for sentence in of_name)

    def _all(self) -> dict[str, Thing]:
        known = dict(self._built_in())
        if self._plugged is None:
            self._plugged = self._load(known)
        return known | self._plugged | self._added

    def _alias_names(self, known: Mapping[str, Thing]) -> dict[str, str]:
        """Alias → name."""
        names: dict[str, str] = {}
        if self._aliases is not None:
            for name, thing in known.items():
                for alias in self._aliases(thing):
                    names.setdefault(alias, name)
        return names

    def _usable(self, name: str, thing: object) -> Thing:
        if not _NAME.fullmatch(name):
            raise RequestError(
                f"'{name}' cannot name a {self.kind}; use a name without spaces and commas."
            )
        checked = self._check(thing)
        own = self._own_name(checked) if self._own_name else name
        if own != name:
            raise RequestError(f"It calls itself '{own}'; register it under that name.")
        return checked

    def _load(self, built_in: Mapping[str, Thing]) -> dict[str, Thing]:
        loaded: dict[str, Thing] = {}
        points = metadata.entry_points(group=self.group)
        for point in sorted(points, key=lambda point: (point.name, _package(point))):
            known = {**built_in, **loaded}
            about = f"The {self.kind} '{point.name}' of {_package(point)}"
            if point.name in known or point.name in self._alias_names(known):
                self._leave_out(point.name, f"{about} is left out: the name exists.")
                continue
            try:
                loaded[point.name] = self._usable(point.name, point.load())
            except (Exception, SystemExit) as problem:
                reason = (str(problem).splitlines() or [""])[0]
                if not isinstance(problem, RequestError):
                    reason = f"{type(problem).__name__}: {reason}".removesuffix(": ")
                self._leave_out(
                    point.name,
                    f"{about} cannot be loaded ({reason.rstrip('.')}); fix or uninstall that "
                    "package.",
                )
        return loaded

    def _leave_out(self, name: str, sentence: str) -> None:
        self._problems.setdefault(name, []).append(sentence)


def _package(point: metadata.EntryPoint) -> str:
    """Name of the package that an entry point is from."""
    return (point.dist.name if point.dist else None) or point.value
