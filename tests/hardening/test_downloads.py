"""Servers that misbehave several times in a row: the right bytes, or a sentence; then the right."""

import random
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from bridgex.data.client import Client, RetryPolicy
from bridgex.data.fetch import get
from bridgex.errors import DownloadError
from tests.data.conftest import no_way_out, server
from tests.data.server import Fault, Server
from tests.data.test_fetch import files, muse
from tests.hardening.cases import attempt
from tests.hardening.tally import Tally

__all__ = ["no_way_out", "server"]

FAMILY = "download faults"
QUICK = RetryPolicy(attempts=4, stall=0.3, wait=0.01, longest_wait=0.2, total=5.0)
CONTENT = bytes(range(256)) * 500
FAULTS: tuple[Fault, ...] = (
    *("cut", "stall", "redirect", "part", "star", "unframed", "unframed cut"),
    *("chunked", "chunked cut", "drip head"),
    *(204, 206, 304, 400, 403, 404, 408, 416, 429, 500, 503),
    (301, {"Location": "http://127.0.0.1:9/"}),
    (302, {}),
    (429, {"Retry-After": "0"}),
    (503, {"Retry-After": "999999"}),
    (206, {"Content-Range": "bytes 7-9/10"}),
    (416, {"Content-Range": "bytes */1"}),
    (200, {"ETag": '"two"'}),
    (200, {"Content-Encoding": "gzip"}),
)


def test_a_file(server: Server, tmp_path: Path, tally: Tally) -> None:
    """Two faults after one another, then none."""
    draw = random.Random(3)  # noqa: S311
    for number, faults in enumerate(draw.sample(list(product(FAULTS, FAULTS)), 120)):
        path, target = f"/{number}.txt", tmp_path / str(number) / "file.txt"
        server.publish(path, CONTENT)
        server.faults[path] = list(faults)
        for further in range(2):
            attempt(tally, FAMILY, faults, partial(fetch, server, path, target))
            if target.exists() and target.read_bytes() != CONTENT:
                tally.fail("wrong numbers", FAMILY, f"{faults}, attempt {further}")
            server.faults[path].clear()
        if not target.exists():
            tally.fail("stray exceptions", FAMILY, f"{faults}: it sticks")
        if left := [each.name for each in target.parent.iterdir() if each != target]:
            tally.fail("stray exceptions", FAMILY, f"{faults}: left over {left}")
    tally.require(FAMILY, 120)


def fetch(server: Server, path: str, target: Path) -> None:
    if not target.exists():
        with Client(QUICK) as client:
            client.download(f"{server.url}{path}", target)


@pytest.mark.parametrize("seed", range(30))
def test_a_source(server: Server, tmp_path: Path, tally: Tally, seed: int) -> None:
    """Faults at several of its files; what is locked is what the publisher has."""
    draw = random.Random(seed)  # noqa: S311
    wanted = muse(server, "en", "fr")
    for path in server.files:
        server.faults[path] = draw.choices(FAULTS, k=draw.randint(0, 3))

    def fetched() -> None:
        get(wanted, tmp_path, ["en", "fr"], accept_licence=True, retries=QUICK)

    attempt(tally, FAMILY, seed, fetched)
    server.faults.clear()
    try:
        fetched()
    except DownloadError as problem:
        tally.fail("stray exceptions", FAMILY, f"seed {seed}: it sticks: {problem}")
    right = {path: published.content for path, published in server.files.items()}
    folder = tmp_path / "muse"
    if {f"/muse/{name}": (folder / name).read_bytes() for name in files(folder)} != right:
        tally.fail("wrong numbers", FAMILY, f"seed {seed}")
    tally.require(FAMILY, 1)
