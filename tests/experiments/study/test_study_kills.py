"""Studies killed at random moments, driver and workers, end in the tables of a quiet run."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.experiments.study.test_study import write

pytestmark = pytest.mark.hardening

KILLS = 50
SECONDS = (2.0, 9.0)
"""After the start, between which the kill comes: mostly in the work, sometimes in the start."""
MORE = "".join(f'[[tasks]]\nname = "bli"\nshots = {shots}\n' for shots in (0, 2, 4))
PAIRS = '"de-id", "en-fr", "zh-ja", "es-tl"'


def command(path: Path, root: Path, *more: str) -> list[str]:
    code = "from bridgex.cli import main; main()"
    return [sys.executable, "-c", code, "study", "run", str(path), "--in", str(root), *more]


def started(words: list[str], cache: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        words,
        env={**os.environ, "BRIDGEX_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def exported(root: Path, target: Path, cache: Path) -> dict[str, bytes]:
    words = [*command(root, root)[:3], "study", "export", str(root), str(target)]
    assert started(words, cache).wait(300) == 0
    return {path.name: path.read_bytes() for path in target.iterdir()}


@pytest.mark.parametrize("workers", [1, 2])
def test_tables_are_those_of_a_quiet_run(tiny_folder: Path, tmp_path: Path, workers: int) -> None:
    path = write(tmp_path, tiny_folder, MORE, PAIRS)
    assert started(command(path, tmp_path / "calm"), tmp_path / "calm-cache").wait(600) == 0
    draw = random.Random(workers)  # noqa: S311
    words = command(path, tmp_path / "killed", "--workers", str(workers))
    for kill in range(KILLS):
        process = started(words, tmp_path / "killed-cache")
        time.sleep(draw.uniform(*SECONDS))
        # the driver alone, or everything at once
        (os.kill if kill % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
    assert started(words, tmp_path / "killed-cache").wait(600) == 0
    calm, killed = (
        exported(tmp_path / name, tmp_path / f"{name}-tables", tmp_path / f"{name}-cache")
        for name in ("calm", "killed")
    )
    assert killed == calm
