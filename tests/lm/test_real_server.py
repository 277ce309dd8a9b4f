"""``transformers serve`` itself, started here: the same answers, and killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from transformers.utils.import_utils import is_serve_available

import bridgex
from bridgex.errors import ServerError
from bridgex.evaluation.settings import TaskSettings
from bridgex.lm.server import HELD, Server
from bridgex.lm.server_client import Patience
from bridgex.progress import Advance
from bridgex.storage.store import Store
from bridgex.tasks.word_chain import GENERATION

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_serve_available(), reason="needs transformers[serving]"),
]
PATIENT = Patience(attempts=3, wait=0.1)


@contextmanager
def serve(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = f"serve {folder} --port {port} --host 127.0.0.1 --device cpu --dtype float32"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "transformers.cli.transformers", *words.split()],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health").close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, "the server ended"
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def session(folder: Path, url: str | None, store: Path) -> bridgex.Session:
    server = None if url is None else Server(url, model=str(folder), patience=PATIENT)
    return bridgex.Session(
        str(folder), device="cpu", dtype="float32", generate_with=server, store=Store(store)
    )


def written(evaluation: bridgex.Evaluation) -> list[str]:
    outcomes = (each for result in evaluation.results for each in result.outcomes)
    return [(each.written or "").strip() for each in outcomes]


def test_word_translation_is_the_same_through_a_server(
    embedded_folder: Path, tmp_path: Path
) -> None:
    with serve(embedded_folder) as (url, _):
        there, here = (session(embedded_folder, each, tmp_path) for each in (url, None))
        mine, theirs = (
            each.evaluate(
                "es",
                "fr",
                strategies=["direct", "bridge:en"],
                asking=TaskSettings(items=6, shots=4),
            )
            for each in (here, there)
        )
        assert there.server_report().mismatches == ()
    assert written(theirs) == written(mine)
    assert [each.value for each in theirs.results] == [each.value for each in mine.results]


def test_it_is_killed_in_the_middle_and_the_work_goes_on(tiny_folder: Path, tmp_path: Path) -> None:
    prompts = [f"prompt {at}" for at in range(200)]

    def ask(url: str | None, store: Path) -> tuple[list[str | None], int]:
        asking = session(tiny_folder, url, store)
        answers = asking.generate(prompts, GENERATION, chat=False, what="Asking")
        made = [key for key in asking.store.computed if key not in {"reference"}]
        return [each.text and each.text.rstrip("\n") for each in answers], len(made)

    with serve(tiny_folder) as (url, process):
        asking = session(tiny_folder, url, tmp_path)
        before = 0

        def advance(_units: int) -> None:
            nonlocal before
            before += 1
            if before == 80:
                process.send_signal(signal.SIGKILL)

        asking.progress = Counting(advance)
        with pytest.raises(ServerError, match="goes on where it stopped"):
            asking.generate(prompts, GENERATION, chat=False, what="Asking")
    with serve(tiny_folder) as (url, _):
        answers, asked = ask(url, tmp_path)
    assert before >= 80
    assert asked == 200 - before <= 200 - 80
    assert before > HELD
    alone, _ = ask(None, tmp_path / "alone")
    assert answers == alone


class Counting:
    """A progress that tells of every step."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance

    @contextmanager
    def __call__(self, what: str, total: int | None = None) -> Iterator[Advance]:
        del total
        yield self._advance if what == "Asking" else lambda _units: None
