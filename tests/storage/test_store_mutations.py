"""Whatever happens to the files of a store, it answers right or makes the entry again."""

import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from bridgex.storage.store import Entry, Store

STAGES = ("stats", "probe", "ranking")
MODELS = ("a", "b", "c", "d")


def right(stage: str, model: str) -> Entry:
    number = STAGES.index(stage) * 10 + MODELS.index(model)
    tensors = {"0000": torch.arange(8) + number, "0001": torch.full((2, 3), float(number))}
    return Entry(tensors, {"tokens": number, "word": "火", "stage": stage})


def parsed(entry: Entry) -> tuple[int, str, str, list[list[float]]]:
    tensors = [entry.tensors[name].flatten().tolist() for name in ("0000", "0001")]
    return entry.values["tokens"], entry.values["word"], entry.values["stage"], tensors


def answers(store: Store) -> dict[tuple[str, str], Any]:
    return {
        (stage, model): store.get(stage, {"model": model}, partial(right, stage, model), parsed)
        for stage in STAGES
        for model in MODELS
    }


EXPECTED = {(stage, model): parsed(right(stage, model)) for stage in STAGES for model in MODELS}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    assert answers(Store(folder)) == EXPECTED
    return folder


def flip(path: Path, _others: list[Path], chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(content))


def cut(path: Path, _others: list[Path], chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])


def zero(path: Path, _others: list[Path], chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = chance.randrange(len(content))
    content[start : start + 16] = bytes(len(content[start : start + 16]))
    path.write_bytes(bytes(content))


def swap(path: Path, others: list[Path], chance: random.Random) -> None:
    other = chance.choice(others)
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)


def replace(path: Path, others: list[Path], chance: random.Random) -> None:
    shutil.copyfile(chance.choice(others), path)


def glue(path: Path, others: list[Path], chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + chance.choice(others).read_bytes())


def another_file(path: Path, _others: list[Path], chance: random.Random) -> None:
    save_file({"0000": torch.zeros(8)}, path, metadata=chance.choice([None, {"values": "{}"}]))


def drop(path: Path, _others: list[Path], _chance: random.Random) -> None:
    path.unlink()


MUTATIONS = (flip, cut, zero, swap, replace, glue, another_file, drop)


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_no_mutation_of_the_store_gives_a_wrong_number(
    filled: Path, tmp_path: Path, mutate: Callable[[Path, list[Path], random.Random], None]
) -> None:
    noticed = 0
    for seed in range(32):
        chance = random.Random(seed)  # noqa: S311
        folder = tmp_path / str(seed)
        shutil.copytree(filled, folder)
        files = sorted(folder.rglob("*.safetensors"))
        path = chance.choice(files)
        mutate(path, [each for each in files if each != path], chance)
        store = Store(folder)
        assert answers(store) == EXPECTED, (mutate, seed)
        noticed += bool(store.computed)
        assert {each.name for each in store.damaged} <= {each.name for each in files}
        again = Store(folder)
        assert answers(again) == EXPECTED
        assert not again.computed
        assert not again.damaged
    # A flip in the padding of the header may go unnoticed: harmless.
    assert noticed >= 28, noticed


def test_an_entry_of_another_key_or_stage_in_its_place_is_made_again(filled: Path) -> None:
    shutil.copytree(filled, work := filled.parent / "swapped")
    stats, probe = (sorted((work / stage).glob("*.safetensors")) for stage in ("stats", "probe"))
    shutil.copyfile(stats[0], stats[1])
    shutil.copyfile(stats[2], probe[0])
    store = Store(work)
    assert answers(store) == EXPECTED
    assert set(store.damaged) == {stats[1], probe[0]}


@pytest.mark.parametrize(
    "values",
    [{}, {"tokens": 1}, {"tokens": "x", "word": "火", "stage": "stats"}, {"tokens": None}, [], 3],
)
def test_an_entry_whose_fields_are_not_the_expected_ones_is_damaged(
    tmp_path: Path, values: Any
) -> None:
    """As an older version, or another writer, with a right checksum would leave it."""

    def parse(entry: Entry) -> int:
        return int(entry.values["tokens"]) + len(entry.values["word"]) + len(entry.tensors["0000"])

    wanted = parse(right("stats", "b"))
    Store(tmp_path).get("stats", {"model": "b"}, lambda: Entry({}, values))
    store = Store(tmp_path)
    assert store.get("stats", {"model": "b"}, lambda: right("stats", "b"), parse) == wanted
    assert len(store.damaged) == len(store.computed) == 1
    assert Store(tmp_path).get("stats", {"model": "b"}, pytest.fail, parse) == wanted


def test_an_error_of_parse_on_a_fresh_entry_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Store(tmp_path).get("stats", {}, lambda: Entry({}, {}), lambda each: each.values["tokens"])
    assert list(tmp_path.rglob("*.safetensors")) == []


def test_a_result_is_the_same_made_and_read(tmp_path: Path) -> None:
    """JSON knows no tuples and no numbers as keys: a fresh result must not differ by them."""
    values = {"pair": ("id", "he"), "layers": {3: 0.1}, "lone": "\ud800", "nothing": None}
    made = Store(tmp_path).get("probe", {"word": "\udcff"}, lambda: Entry({}, values))
    read = Store(tmp_path).get("probe", {"word": "\udcff"}, pytest.fail)
    assert made.values == read.values == {**values, "pair": ["id", "he"], "layers": {"3": 0.1}}


def test_a_result_of_none_is_kept(tmp_path: Path) -> None:
    assert Store(tmp_path).get("x", {}, lambda: Entry({}, {}), lambda _entry: None) is None
    assert Store(tmp_path).get("x", {}, pytest.fail, lambda _entry: None) is None
