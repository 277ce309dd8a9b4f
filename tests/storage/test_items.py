"""Items stored one by one: kept through kills and damage, never wrong."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bridgex.errors import StoreError
from bridgex.storage.files import file_lock
from bridgex.storage.items import ItemStore
from bridgex.storage.store import Store

INPUTS = {"model": "a", "tokens": 8}


def value(number: int) -> dict[str, Any]:
    return {"text": f"火 {number}\u2028\n", "tokens": [number, number + 1]}


def filled(folder: Path, count: int = 40, inputs: dict[str, Any] = INPUTS) -> dict[str, Any]:
    items = Store(folder).items("generated", inputs)
    values = {items.key({"prompt": number}): value(number) for number in range(count)}
    for key, each in values.items():
        items.add(key, each)
    return values


def test_items_come_back_one_by_one(tmp_path: Path) -> None:
    values = filled(tmp_path)
    store = Store(tmp_path)
    items = store.items("generated", INPUTS)
    assert items.load([]) == {}
    assert items.load(values) == values
    missing = items.key({"prompt": 40})
    assert items.load([missing, *list(values)[:2]]) == dict(list(values.items())[:2])
    items.add_many({missing: value(40)})
    assert store.computed == [missing]
    assert store.damaged == []
    assert Store(tmp_path).items("generated", INPUTS).load([missing]) == {missing: value(40)}
    assert len(list(tmp_path.rglob("*.jsonl"))) <= 16


def test_each_line_is_json_with_its_key(tmp_path: Path) -> None:
    values = filled(tmp_path)
    lines = [
        json.loads(line)
        for path in tmp_path.rglob("*.jsonl")
        for line in path.read_text("utf-8").split("\n")
        if line
    ]
    assert {line["key"]: line["value"] for line in lines} == values


def test_stage_inputs_and_item_all_belong_to_the_key(tmp_path: Path) -> None:
    store = Store(tmp_path)
    items = [
        store.items(stage, inputs)
        for stage in ("generated", "likelihoods")
        for inputs in (INPUTS, {**INPUTS, "tokens": 9})
    ]
    keys = {each.key(item) for each in items for item in ({"prompt": "x"}, {"prompt": "y"}, "x")}
    assert len(keys) == 12
    assert items[0].key({"a": 1, "b": "\ud800"}) == items[0].key({"b": "\ud800", "a": 1})


def test_the_first_valid_line_of_a_key_wins(tmp_path: Path) -> None:
    items = Store(tmp_path).items("generated", INPUTS)
    key = items.key(1)
    items.add(key, {"text": "first"})
    items.add(key, {"text": "second"})
    assert items.load([key]) == {key: {"text": "first"}}


def test_lone_surrogates_and_separators_survive(tmp_path: Path) -> None:
    items = Store(tmp_path).items("generated", INPUTS)
    odd = {"text": "\ud800 \u2028 \x85 \r\n \x00"}
    items.add(items.key("\udcff"), odd)
    assert items.load([items.key("\udcff")]) == {items.key("\udcff"): odd}


@pytest.mark.parametrize("cut", [1, 2, 30, 100])
def test_a_torn_last_line_costs_its_item_and_no_other(tmp_path: Path, cut: int) -> None:
    items = Store(tmp_path).items("generated", INPUTS)
    keys = [key for key in map(items.key, range(200)) if key[0] == "0"][:4]
    assert len(keys) == 4
    items.add_many({key: value(at) for at, key in enumerate(keys[:3])})
    (path,) = tmp_path.rglob("*.jsonl")
    path.write_bytes(path.read_bytes()[:-cut])
    store = Store(tmp_path)
    again = store.items("generated", INPUTS)
    assert again.load(keys[:3]) == {key: value(at) for at, key in enumerate(keys[:2])}
    assert store.damaged == [path]
    again.add(keys[3], value(3))
    again.add(keys[2], value(2))
    assert again.load(keys) == {key: value(at) for at, key in enumerate(keys)}
    whole = Store(tmp_path)
    assert len(whole.items("generated", INPUTS).load(keys)) == 4
    assert whole.damaged == []  # nothing is missing any more


def mutated(folder: Path, chance: random.Random) -> None:
    files = sorted(folder.rglob("*.jsonl"))
    path, other = chance.sample(files, 2)
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    match chance.randrange(8):
        case 0:
            content[at] ^= 1 << chance.randrange(8)
        case 1:
            del content[at:]
        case 2:
            del content[at : at + chance.randrange(1, 40)]
        case 3:
            content[at:at] = other.read_bytes()[: chance.randrange(1, 300)]
        case 4:
            shutil.copyfile(other, path)
            return
        case 5:
            lines = bytes(content).splitlines(keepends=True)
            chance.shuffle(lines)
            content = bytearray(b"".join(lines))
        case 6:
            # The value of one line in the place of another's, before the right line.
            first = chance.choice(bytes(content).splitlines())
            second = chance.choice(other.read_bytes().splitlines())
            head, value = first.split(b',"value":')[0], second.split(b',"value":')[1]
            content[:0] = head + b',"value":' + value + b"\n"
        case 7:
            digits = [at for at in range(len(content) - 30, len(content)) if 48 <= content[at] < 58]
            content[chance.choice(digits)] ^= 1
    path.write_bytes(bytes(content))


def test_no_mutation_of_the_journals_gives_a_wrong_value(tmp_path: Path) -> None:
    values = filled(tmp_path / "whole", 200)
    strangers = filled(tmp_path / "whole", 20, {**INPUTS, "tokens": 9})
    assert not values.keys() & strangers.keys()
    lost = 0
    for seed in range(250):
        folder = tmp_path / str(seed)
        shutil.copytree(tmp_path / "whole", folder)
        mutated(folder, random.Random(seed))  # noqa: S311
        items = Store(folder).items("generated", INPUTS)
        found = items.load(values)
        assert found == {key: values[key] for key in found}, seed
        missing = {key: values[key] for key in values.keys() - found.keys()}
        lost += len(missing)
        items.add_many(missing)
        assert items.load(values) == values, seed
        shutil.rmtree(folder)
    assert lost > 250  # the mutations did reach the lines


def test_a_journal_of_other_inputs_in_its_place_gives_nothing(tmp_path: Path) -> None:
    values = filled(tmp_path / "a")
    filled(tmp_path / "b", 40, {**INPUTS, "model": "b"})
    (mine,) = (tmp_path / "a" / "generated").iterdir()
    (other,) = (tmp_path / "b" / "generated").iterdir()
    shutil.rmtree(mine)
    shutil.copytree(other, mine)
    assert Store(tmp_path / "a").items("generated", INPUTS).load(values) == {}


def test_a_value_whose_fields_are_not_the_expected_ones_is_damaged(tmp_path: Path) -> None:
    items = Store(tmp_path).items("generated", INPUTS)
    key, other = items.key(0), items.key(1)
    items.add_many({key: {"answer": "x"}, other: {"text": "y"}})
    store = Store(tmp_path)
    again = store.items("generated", INPUTS)

    def parse(stored: dict[str, Any]) -> str:
        return str(stored["text"])

    assert again.load([key, other], parse) == {other: "y"}
    assert [path.stem for path in store.damaged] == [key[0]]
    again.add(key, {"text": "z"})
    assert Store(tmp_path).items("generated", INPUTS).load([key], parse) == {key: "z"}


ADDING = """
import sys
from pathlib import Path
from bridgex.storage.store import Store
folder, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
items = Store(Path(folder)).items("generated", {"model": "a", "tokens": 8})
print("ready", flush=True)
for number in range(first, last):
    text = f"火 {number}\\u2028\\n"
    items.add(items.key({"prompt": number}), {"text": text, "tokens": [number, number + 1]})
"""


def adding(folder: Path, first: int, last: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", ADDING, str(folder), str(first), str(last)],
        stdout=subprocess.PIPE,
        text=True,
    )


def expected(items: ItemStore, count: int) -> dict[str, Any]:
    return {items.key({"prompt": number}): value(number) for number in range(count)}


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    started = [adding(tmp_path, at * 300, (at + 1) * 300) for at in range(2)]
    for process in started:
        process.communicate()
        assert process.returncode == 0
    store = Store(tmp_path)
    items = store.items("generated", INPUTS)
    assert items.load(expected(items, 600)) == expected(items, 600)
    assert store.damaged == []


def test_a_killed_process_loses_nothing_that_was_added(tmp_path: Path) -> None:
    process = adding(tmp_path, 0, 10**6)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    items = Store(tmp_path).items("generated", INPUTS)
    wanted = expected(items, 20_000)
    found = items.load(wanted)
    assert len(found) >= 20
    assert found == dict(list(wanted.items())[: len(found)])  # without a gap
    rest = dict(list(wanted.items())[len(found) :][:50])
    items.add_many(rest)
    assert items.load(rest) == rest


def test_an_item_waits_while_another_process_adds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Or a torn line could be ended in the middle of another's append."""
    monkeypatch.setattr("bridgex.storage.files.SILENT_WAIT", 0.1)
    items = Store(tmp_path).items("generated", INPUTS)
    items.add(items.key(0), value(0))
    with ThreadPoolExecutor(1) as pool:
        with file_lock(next(tmp_path.rglob(".lock"))):
            adding_another = pool.submit(items.add, items.key(1), value(1))
            time.sleep(0.3)
            assert items.load([items.key(1)]) == {}
        adding_another.result()
    assert items.load([items.key(1)]) == {items.key(1): value(1)}
    assert "Waiting for another process" in caplog.text


def test_a_full_disk_is_said_and_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    values = filled(tmp_path)
    path = max(tmp_path.rglob("*.jsonl"), key=lambda each: each.stat().st_size)
    size = path.stat().st_size
    items = Store(tmp_path).items("generated", INPUTS)
    key = next(key for key in map(items.key, range(1000)) if path.stem == key[0])
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, limits[1]))
    try:
        with pytest.raises(StoreError, match="Cannot write to"):
            items.add(key, {"text": "long" * 20})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert path.stat().st_size == size
    store = Store(tmp_path)
    assert store.items("generated", INPUTS).load([*values, key]) == values
    assert store.damaged == []


def test_a_thousand_items_take_well_under_a_millisecond_each(tmp_path: Path) -> None:
    items = Store(tmp_path).items("generated", INPUTS)
    values = expected(items, 1000)
    start = time.process_time()
    for key, each in values.items():
        items.add(key, each)
    added = time.process_time()
    assert items.load(values) == values
    assert added - start < 2.0
    assert time.process_time() - added < 0.5


@pytest.mark.parametrize("what", ["folder", "fifo"])
def test_a_special_file_in_place_of_a_journal_is_one_sentence(tmp_path: Path, what: str) -> None:
    import os

    values = filled(tmp_path)
    path = next(tmp_path.rglob("*.jsonl"))
    path.unlink()
    path.mkdir() if what == "folder" else os.mkfifo(path)
    with pytest.raises(StoreError, match="not a regular file"):
        Store(tmp_path).items("generated", INPUTS).load(values)
