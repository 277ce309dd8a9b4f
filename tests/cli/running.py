"""Commands run in this process, and what they ask of a session."""

from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from bridgex.cli import app
from bridgex.errors import RequestError

RUNNER = CliRunner()


def refused(*words: str, code: int = 1) -> str:
    """Run a command that must fail, and return its one sentence."""
    result = RUNNER.invoke(app, [*words])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].endswith((".", "…"))
    return lines[0]


def misused(*words: str) -> str:
    """Run a command that cannot be understood, and return the one message in the box."""
    result = RUNNER.invoke(app, [*words], env={"COLUMNS": "400"})
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""
    (message,) = [line for line in result.stderr.splitlines() if line.startswith("│")]
    return message.strip("│ ")


Asked = Callable[..., dict[str, Any]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Run a command up to its session, and return what it asks of it by name."""

    def run(*words: str) -> dict[str, Any]:
        given: dict[str, Any] = {}

        def stopped(_session: object, *values: Any, **named: Any) -> None:
            given.update(named, given=values)
            raise RequestError("Stopped here.")

        monkeypatch.setattr(f"bridgex.api.Session.{words[0]}", stopped)
        assert "Stopped here." in refused(*words)
        return given

    return run
