"""Studies killed at random moments, driver and workers, end in the tables of a quiet run.

``BRIDGEX_KILLS`` is how often each is killed, ``BRIDGEX_KILL_SEED`` repeats the moments of a run.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.hardening

KILLS = int(os.environ.get("BRIDGEX_KILLS", "50"))
SECONDS = (2.0, 9.0)
"""After the start, between which the kill comes: mostly in the work, sometimes in the start."""
ON_RAY = 3
"""Workers that are killed before the driver is."""
FILE = """
pairs = ["de-id", "en-fr", "zh-ja", "es-tl"]
candidates = ["it", "pt", "ar", "he", "hu", "fi", "sw"]
items = 4
development = 8
choosers = ["random", "overlap", "chain_likelihood"]
[[tasks]]
name = "bli"
[[tasks]]
name = "bli"
shots = 2
[[tasks]]
name = "bli"
shots = 4
[[models]]
name = "{model}"
dtype = "float32"
[texts]
sentences = 10
"""
"""15 languages, 4 pairs, 3 tasks."""


@pytest.fixture(scope="module")
def study(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("killed") / "study.toml"
    path.write_text(FILE.format(model=tiny_folder))
    return path


@pytest.fixture(scope="module")
def calm(study: Path) -> dict[str, bytes]:
    """The tables of a quiet run."""
    root, cache = study.parent / "calm", study.parent / "calm-cache"
    assert started(command(study, root), cache).wait(1200) == 0
    return exported(root, study.parent / "calm-tables", cache)


@pytest.fixture
def draw() -> random.Random:
    seed = int(os.environ.get("BRIDGEX_KILL_SEED", str(random.SystemRandom().randrange(10**6))))
    print(f"BRIDGEX_KILL_SEED={seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311


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
def test_tables_are_those_of_a_quiet_run(
    study: Path, calm: dict[str, bytes], tmp_path: Path, draw: random.Random, workers: int
) -> None:
    words = command(study, tmp_path / "killed", "--workers", str(workers))
    cache = tmp_path / "killed-cache"
    for kill in range(KILLS):
        process = started(words, cache)
        time.sleep(draw.uniform(*SECONDS))
        # the driver alone, or everything at once
        (os.kill if kill % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
    assert started(words, cache).wait(1200) == 0
    assert exported(tmp_path / "killed", tmp_path / "killed-tables", cache) == calm


def test_workers_on_ray_may_be_killed(
    study: Path, calm: dict[str, bytes], tmp_path: Path, draw: random.Random
) -> None:
    pytest.importorskip("ray")
    killed = rounds = 0
    while killed < KILLS:
        rounds += 1
        root, cache = tmp_path / f"killed-{rounds}", tmp_path / f"cache-{rounds}"
        words = command(study, root, "--ray", "local", "--workers", "2")
        ended = None
        while ended != 0:
            process, own = started(words, cache), 0
            while process.poll() is None:
                time.sleep(draw.uniform(0.5, 4.0))
                workers = sorted(ray_workers(process.pid))
                if len(workers) == 2 and killed < KILLS:
                    os.kill(draw.choice(workers), signal.SIGKILL)
                    killed, own = killed + 1, own + 1
                    if own == ON_RAY:  # Ray gives a worker up that dies too often
                        process.kill()
            ended = process.wait()
            assert ended in {0, -signal.SIGKILL}
        assert exported(root, tmp_path / f"tables-{rounds}", cache) == calm
    print(f"{killed} workers killed in {rounds} studies")  # noqa: T201


def ray_workers(driver: int) -> Iterator[int]:
    """Yield the processes in which a driver's Ray runs workers of a study."""
    parents: dict[int, int] = {}
    titles: dict[int, bytes] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            titles[int(folder.name)] = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(folder.name)] = parent
    for process, title in titles.items():
        above = process
        while above > 1 and above != driver:
            above = parents.get(above, 0)
        if above == driver and title.startswith(b"ray::_worker"):
            yield process
