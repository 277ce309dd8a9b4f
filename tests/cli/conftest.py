"""Fixtures of the command line."""

import pytest

from tests.cli.running import asked

__all__ = ["asked"]


@pytest.fixture(autouse=True)
def no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail at once, not after minutes, where a command that should be refused goes on."""

    def used(*_words: object) -> None:
        raise AssertionError("the command went on to the embedded model")

    monkeypatch.setattr("bridgex.lm.demo.demo_conversion", used)
