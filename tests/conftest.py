"""Fixtures every room uses; one thread per process, since the tests' tensors are small."""

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.published import Published

os.environ["OMP_NUM_THREADS"] = "1"  # before torch loads; programs that a test starts inherit it

# Seconds on a busy machine say nothing about the code.
hypothesis.settings.register_profile(
    "bridgex", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("bridgex")

# Signals that whoever started the tests ignores (nohup, background jobs) would stay ignored below.
for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGTERM, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data beside the checkout; tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the folder ../shared with real data, which is absent here")
    return SHARED


@pytest.fixture(scope="session")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> "Published":
    """Small data sets of our own in their publishers' layouts."""
    from tests.published import ours

    return ours(tmp_path_factory.mktemp("published"))


@pytest.fixture(params=["ours", "real"])
def published(request: pytest.FixtureRequest) -> "Published":
    """Data sets in their publishers' layouts: our own small ones, then those of ../shared."""
    from tests.published import real

    if request.param == "ours":
        data: Published = request.getfixturevalue("own_data")
        return data
    return real(request.getfixturevalue("shared") / "data")


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return new folders in one of their own: pytest lists that of tmp_path for each new one."""
    folder = tmp_path_factory.mktemp("caches")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_cache(caches: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's cache."""
    folder = next(caches)
    folder.mkdir()
    monkeypatch.setenv("BRIDGEX_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of this run that all workers of pytest-xdist have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def embedded_folder(common_folder: Path) -> Path:
    """Folder of the embedded model, from the user's cache where it is converted already.

    Otherwise the first worker that asks converts it, under the lock that users' processes take.
    """
    from bridgex.lm import demo, gguf

    folder = gguf.converted_folder(demo.SHA256)
    if gguf.is_converted(folder):
        return folder
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIDGEX_CACHE", str(common_folder / "embedded"))
        return demo.demo_conversion().folder


@pytest.fixture(scope="session")
def tiny_folder(common_folder: Path) -> Path:
    """Folder of a tiny random Llama with a byte-level tokenizer: reads every script."""
    from filelock import FileLock

    from tests.tiny_llama import save_tiny_llama

    folder = common_folder / "tiny-llama"
    with FileLock(common_folder / "tiny-llama.lock"):
        if not folder.exists():
            save_tiny_llama(folder)
    return folder
