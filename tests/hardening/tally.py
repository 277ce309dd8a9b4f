"""How many cases there were, and which failed."""

from collections import Counter
from dataclasses import dataclass, field

FAILURES = ("wrong numbers", "stray exceptions", "hangs")


@dataclass
class Tally:
    """Cases by family, and what failed.

    Attributes:
        cases: family → number.
        failures: kind of failure, family and what it was.
    """

    cases: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    _judged: int = 0

    def fail(self, kind: str, family: str, what: object) -> None:
        """Note a failure; the family goes on."""
        assert kind in FAILURES
        self.failures.append((kind, family, str(what)))

    def require(self, family: str, least: int) -> None:
        """Fail if a case failed since the last call, or there were too few of the family."""
        new = [f"{kind} in {name}: {what}" for kind, name, what in self.failures[self._judged :]]
        self._judged = len(self.failures)
        shown = "\n\n".join(each[:2000] for each in new[:12])
        assert not new, f"{len(new)} cases failed:\n{shown}"
        assert self.cases[family] >= least, f"{self.cases[family]} cases; {least} are asked for"


TALLY = Tally()
