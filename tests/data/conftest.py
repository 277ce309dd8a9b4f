"""A server per test, and no way out to the network."""

import functools
import os
import ssl
from collections.abc import Iterator

import pytest

from tests.data.server import Server, serving

_trust = functools.cache(ssl.create_default_context)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, token or offline switch of this machine; a request elsewhere fails at once."""
    for name in list(os.environ):
        if name.casefold().endswith("_proxy") or name in {"HF_TOKEN", "HF_HUB_OFFLINE"}:
            monkeypatch.delenv(name)
    monkeypatch.setattr(ssl, "create_default_context", lambda *_, **__: _trust())  # slow to read
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
