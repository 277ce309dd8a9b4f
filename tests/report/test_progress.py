"""Progress on the terminal: what it names is shown as it is."""

import io

import pytest
from rich.console import Console

from bridgex.report.progress import TerminalProgress


@pytest.mark.parametrize("terminal", [True, False])
def test_names_are_neither_markup_nor_control(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.report.progress.SAY_AFTER", 0.0)
    file = io.StringIO()
    progress = TerminalProgress(Console(file=file, force_terminal=terminal, width=200))
    with progress("Reading [bold]x[/bold] \x9b2J[/oops]", 1) as advance:
        advance(1)
    assert "Reading [bold]x[/bold] \\x9b2J[/oops]" in file.getvalue()
    assert "\x9b" not in file.getvalue()
