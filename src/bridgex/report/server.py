"""What is known of a server, printed."""

from rich.console import Console

from bridgex.lm.server_report import Check, Meeting
from bridgex.report.text import visible

_MARKS = {True: "same", False: "DIFFERS", None: "unknown"}
_CAN = {True: "yes", False: "no", None: "unknown"}


def print_server(report: Meeting, console: Console) -> None:
    """Print what a server can do and how its model compares with the one in the process."""

    def line(name: str, said: str) -> None:
        console.print(visible(f"{name:<12} {said}"), markup=False, highlight=False, soft_wrap=True)

    dialect = report.dialect
    line("model", f"{report.served.name} {f'on {report.software}' if report.software else ''}")
    line("prompts", "as tokens" if dialect.tokens else "as text, which the server tokenises")
    line("parameters", ", ".join(f"{name} {value}" for name, value in dialect.parameters.items()))
    if dialect.refused:
        line("refused", f"{', '.join(dialect.refused)} (the server's own defaults hold)")
    for check in report.checks:
        line(check.name, _finding(check))
    if report.mismatches:
        names = ",".join(check.name for check in report.mismatches)
        line("verdict", f"another model, unless --allow-mismatch {names} says that this is meant")


def _finding(check: Check) -> str:
    marks = _CAN if check.name == "likelihoods" else _MARKS
    return f"{marks[check.passed]}: {check.said}"
