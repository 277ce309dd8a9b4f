"""Named things of one kind that packages may add to: tasks, choosers, model architectures."""

from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from typing import Generic, TypeVar

from bridgex.errors import RequestError, nearest

Thing = TypeVar("Thing")


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
    ) -> None:
        """Make a registry.

        Args:
            kind: what one of them is called.
            group: group of entry points.
            built_in: returns name → thing, when first needed.
            check: returns a thing that a plug-in or a call brings, or raises `RequestError`.
        """
        self.kind = kind
        self.group = group
        self._built_in = built_in
        self._check = check
        self._added: dict[str, Thing] = {}
        self._plugged: dict[str, Thing] | None = None
        self._problems: list[str] = []

    def register(self, name: str, thing: Thing) -> None:
        """Add a thing under a name of its own.

        Raises:
            RequestError: the name exists, or the thing is not of this kind.
        """
        if name in self:
            raise RequestError(f"There is a {self.kind} '{name}' already; choose another name.")
        self._added[name] = self._check(thing)

    def unregister(self, name: str) -> None:
        """Take away what `register` added."""
        self._added.pop(name, None)

    def __getitem__(self, name: str) -> Thing:
        """Return the thing of a name.

        Raises:
            RequestError: there is none of that name; the nearest is suggested.
        """
        known = self._all()
        if name not in known:
            broken = " ".join(each for each in self._problems if f"'{name}'" in each)
            raise RequestError(
                f"There is no {self.kind} '{name}'.{nearest(name, known)} "
                f"{broken or 'Use ' + ', '.join(known) + '.'}"
            )
        return known[name]

    def __contains__(self, name: str) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    @property
    def names(self) -> tuple[str, ...]:
        """Names, built-in ones first."""
        return tuple(self._all())

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each plug-in that was left out."""
        self._all()
        return tuple(self._problems)

    def _all(self) -> dict[str, Thing]:
        known = dict(self._built_in())
        if self._plugged is None:
            self._plugged = self._load(known)
        return known | self._plugged | self._added

    def _load(self, known: Mapping[str, Thing]) -> dict[str, Thing]:
        found: dict[str, Thing] = {}
        for point in metadata.entry_points(group=self.group):
            package = point.dist.name if point.dist else point.value
            if point.name in known or point.name in found:
                self._problems.append(
                    f"The {self.kind} '{point.name}' of {package} is left out: the name exists."
                )
                continue
            try:
                found[point.name] = self._check(point.load())
            except Exception as problem:
                why = (str(problem).splitlines() or [""])[0]
                self._problems.append(
                    f"The {self.kind} '{point.name}' of {package} cannot be loaded "
                    f"({type(problem).__name__}: {why}); mend or uninstall that package."
                )
        return found
