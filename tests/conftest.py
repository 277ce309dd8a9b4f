"""Fixtures every room uses."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data beside the checkout; tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the folder ../shared with real data, which is absent here")
    return SHARED


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("BRIDGEX_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def embedded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the embedded model, from the user's cache where it is converted already."""
    from bridgex.lm import demo, gguf

    folder = gguf.converted_folder(demo.SHA256)
    if gguf.is_converted(folder):
        return folder
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIDGEX_CACHE", str(tmp_path_factory.mktemp("embedded")))
        return demo.demo_conversion().folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny random Llama with a byte-level tokenizer: reads every script."""
    from tests.tiny_llama import save_tiny_llama

    return save_tiny_llama(tmp_path_factory.mktemp("tiny-llama"))
