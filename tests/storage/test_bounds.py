"""The size of the store: looked at, bounded, and what is in it checked."""

import os
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from bridgex.cli import app
from bridgex.errors import StoreError
from bridgex.storage import bounds
from bridgex.storage.bounds import keep_within, parse_size, prune, stored_files
from bridgex.storage.inventory import inventory, verify
from bridgex.storage.store import Entry, Store

MODEL = {"digest": "0123456789abcdef", "dtype": "float32", "device": "cpu"}
LABEL = "0123456789ab float32 cpu"


def fill(store: Store, entries: int = 3) -> None:
    """Store entries of some 4 kB, and items; the first was used last."""
    for at in range(entries):
        store.get("stats", {"model": MODEL, "at": at}, lambda: Entry({"x": torch.ones(1000)}, {}))
    items = store.items("generate", {"backend": MODEL})
    items.add_many({items.key(at): {"text": "x" * 100} for at in range(20)})
    files = sorted(store.folder.glob("stats/*.safetensors"))
    for at, path in enumerate(files):
        os.utime(path, (1000 - at, 1000 - at))


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1500", 1500), ("20GB", 20 * 10**9), ("1.5 MiB", 3 * 2**19), ("2k", 2000)],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1GB", "1.2.3MB", "3 bananas"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="is no size"):
        parse_size(text)


def test_what_was_used_last_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    fill(store)
    files = sorted(store.folder.glob("stats/*.safetensors"))
    total = sum(file.size for file in stored_files(store.folder))
    removed = prune(store.folder, total - 1)
    assert [file.path for file in removed] == [files[-1]]
    assert prune(store.folder, total) == []
    assert prune(store.folder, 0)
    assert list(stored_files(store.folder)) == []
    items = store.items("generate", {"backend": MODEL})
    assert items.load([items.key(1)]) == {}
    items.add(items.key(1), {"text": "again"})
    assert items.load([items.key(1)]) == {items.key(1): {"text": "again"}}


def test_reading_is_using(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    fill(store)
    for at in range(3):
        store.get("stats", {"model": MODEL, "at": at}, lambda: Entry({}, {}))
    assert min(file.used for file in stored_files(store.folder)) > 1000


def test_the_store_stays_within_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    monkeypatch.setenv("BRIDGEX_CACHE_MAX", "9kB")
    monkeypatch.setattr(bounds, "LOOK_EVERY", 0.0)
    fill(store, entries=6)
    assert sum(file.size for file in stored_files(store.folder)) <= 9000
    monkeypatch.setenv("BRIDGEX_CACHE_MAX", "a lot")
    with pytest.raises(StoreError, match="'a lot' is no size"):
        keep_within(store.folder)


def test_a_store_is_looked_at_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    fill(store)
    monkeypatch.setenv("BRIDGEX_CACHE_MAX", "0")
    keep_within(store.folder)
    assert list(stored_files(store.folder)) == []
    fill(store)
    keep_within(store.folder)
    assert list(stored_files(store.folder))


def test_sizes_are_by_model_and_kind(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    fill(store)
    store.get("budget", {}, lambda: Entry({}, {}))
    shares = inventory(store.folder)
    assert shares[LABEL, "stats"].files == 3
    assert shares[LABEL, "stats"].used == 1000
    assert (LABEL, "generate") in shares
    assert ("unknown model", "budget") in shares
    assert sum(share.size for share in shares.values()) == sum(
        file.size for file in stored_files(store.folder)
    )


def test_damage_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    fill(store)
    assert verify(store.folder) == (23, [])
    first, second, _ = sorted(store.folder.glob("stats/*.safetensors"))
    content = bytearray(first.read_bytes())
    content[-1] ^= 1
    first.write_bytes(content)
    second.rename(second.with_name(f"{'0' * 64}.safetensors"))
    journal = max(store.folder.glob("generate/*/*.jsonl"))
    lines = len(journal.read_bytes().splitlines())
    journal.write_bytes(journal.read_bytes().replace(b"xxx", b"yyy"))
    whole, damaged = verify(store.folder)
    assert whole == 21 - lines
    assert set(damaged) == {first, second.with_name(f"{'0' * 64}.safetensors"), journal}


def test_the_command_line_shows_prunes_and_verifies(own_cache: Path) -> None:
    fill(Store())
    runner = CliRunner()
    shown = runner.invoke(app, ["cache", "info"])
    assert LABEL in shown.output
    assert "store: " in shown.output
    assert runner.invoke(app, ["cache", "verify"]).exit_code == 0
    shown = runner.invoke(app, ["cache", "prune", "0"])
    assert shown.output.startswith("Removed ")
    assert "unknown" not in runner.invoke(app, ["cache", "info"]).output
    assert runner.invoke(app, ["cache", "prune", "lots"]).exit_code == 1
