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

    def fail(self, kind: str, family: str, what: object) -> None:
        """Note a failure; the family goes on."""
        assert kind in FAILURES
        self.failures.append((kind, family, str(what)))

    def require(self, family: str, least: int) -> None:
        """Fail the test if a case of the family did, or there were too few."""
        of_family = [f"{kind}: {what}" for kind, name, what in self.failures if name == family]
        shown = "\n\n".join(each[:2000] for each in of_family[:12])
        assert not of_family, f"{len(of_family)} of {self.cases[family]} cases failed:\n{shown}"
        assert self.cases[family] >= least, f"{self.cases[family]} cases; {least} are asked for"


TALLY = Tally()
