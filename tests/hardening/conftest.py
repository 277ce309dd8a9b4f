"""Marks, the fork server, and the count of cases in the closing line."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardening.commands import Forks, World, forking, make_world
from tests.hardening.tally import FAILURES, TALLY, Tally

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("hardening")
            item.add_marker("slow")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.cases:
        cases = ", ".join(f"{number:,} {family}" for family, number in TALLY.cases.items())
        failed = Counter(kind for kind, _, _ in TALLY.failures)
        found = ", ".join(f"{failed[kind]} {kind}" for kind in FAILURES)
        terminalreporter.write_line(f"Hardening: {cases}: {found}.")


@pytest.fixture
def tally() -> Tally:
    return TALLY


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with forking() as running:
        yield running


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, as those of pytest may not be."""
    folder = Path(tempfile.mkdtemp(prefix="bridgex-hardening-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def world(open_folder: Path) -> World:
    return make_world(open_folder / "world")
