"""Language neurons in other tools' formats: LAPE's lists in, tables and lists out, nothing run."""

import csv
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

import bridgex
from bridgex.cli import app
from bridgex.errors import RequestError, ResultError, UnknownLanguageError
from bridgex.inputs import Budget, Texts
from bridgex.interop.lape import read_lape
from bridgex.interop.neurons import NeuronLists, read_neurons, write_neurons
from bridgex.interop.selected import language_neurons
from bridgex.languages import find
from bridgex.neurons import select
from bridgex.storage.store import Store
from tests.cli.running import RUNNER, refused

LAPE = [
    [torch.tensor([5, 2]), torch.tensor([], dtype=torch.int64), torch.tensor([0])],
    [torch.tensor([2]), torch.tensor([7, 9]), torch.tensor([0, 1])],
]
"""Two languages, three layers."""


def saved(tmp_path: Path, content: Any = LAPE) -> Path:
    path = tmp_path / "llama.pth"
    torch.save(content, path)
    return path


def plain(lists: NeuronLists) -> dict[str, list[list[int]]]:
    return lists.to_dict()["neurons"]  # type: ignore[no-any-return]


def test_lape_is_read_in_the_order_said(tmp_path: Path) -> None:
    lists = read_lape(saved(tmp_path), ["zh", "English"])
    assert plain(lists) == {"zh": [[2, 5], [], [0]], "en": [[2], [7, 9], [0, 1]]}
    assert lists.probability is None
    old = tmp_path / "old.pth"
    torch.save(LAPE, old, _use_new_zipfile_serialization=False)
    assert plain(read_lape(old, ["zh", "en"])) == plain(lists)


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("known", [False, True])
def test_lists_come_back_as_they_were(tmp_path: Path, suffix: str, known: bool) -> None:
    lists = read_lape(saved(tmp_path), ["zh", "en"])
    if known:
        half = {
            code: tuple(torch.full(each.shape, 0.1, dtype=torch.float64) for each in layers)
            for code, layers in lists.neurons.items()
        }
        lists = NeuronLists(lists.neurons, half, "m@abc", "top 1 %")
    path = tmp_path / f"neurons{suffix}"
    write_neurons(lists, path)
    again = read_neurons(path)
    assert again.to_dict() == lists.to_dict()
    assert list(again.neurons) == ["zh", "en"]


def test_rows_have_each_neuron_once(tmp_path: Path) -> None:
    rows = list(read_lape(saved(tmp_path), ["zh", "en"]).rows())
    assert [(row["layer"], row["neuron"], row["languages"]) for row in rows] == [
        (0, 2, ["zh", "en"]),
        (0, 5, ["zh"]),
        (1, 7, ["en"]),
        (1, 9, ["en"]),
        (2, 0, ["zh", "en"]),
        (2, 1, ["en"]),
    ]
    assert all(row["probability"] is None for row in rows)


def test_sets_are_of_a_model_that_has_the_neurons(tmp_path: Path) -> None:
    lists = read_lape(saved(tmp_path), ["zh", "en"])
    sets = lists.sets((10, 10, 10))
    assert sets["zh"].per_layer == (2, 0, 1)
    assert sets["en"].mask[1].nonzero().flatten().tolist() == [7, 9]
    for widths in ((10, 9, 10), (10, 10), (10, 10, 10, 10)):
        with pytest.raises(RequestError, match="3 layers with neurons up to 9"):
            lists.sets(widths)


class Code:
    def __reduce__(self) -> Any:
        return os.system, ("touch ran",)


@pytest.mark.parametrize("how", ["torch", "pickle", "nested"])
def test_a_pickle_of_code_is_refused_and_not_run(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    path = tmp_path / "evil.pth"
    if how == "pickle":
        path.write_bytes(pickle.dumps(Code()))
    else:
        torch.save(Code() if how == "torch" else [LAPE[0], [Code()]], path)
    with pytest.raises(ResultError, match=r"may hold code"):
        read_lape(path, ["zh", "en"])
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"en": LAPE[0]}, "a dict where a list belongs"),
        (torch.zeros(3), "a Tensor where a list belongs"),
        ([[torch.zeros(2)], [torch.zeros(2)]], "no LongTensor"),
        ([[torch.zeros((2, 2), dtype=torch.int64)]] * 2, "no LongTensor"),
        ([[[1, 2]], [[3]]], "no LongTensor"),
        ([LAPE[0], LAPE[1][:2]], "different numbers"),
        ([[], []], "no layers"),
        ([[torch.tensor([-1])], [torch.tensor([1])]], "no ascending list"),
        ([[torch.tensor([1, 1])], [torch.tensor([1])]], "no ascending list"),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(ResultError, match=said):
        read_lape(saved(tmp_path, content), ["zh", "en"])


def test_the_order_of_languages_has_to_fit(tmp_path: Path) -> None:
    path = saved(tmp_path)
    for names in (["zh"], ["zh", "en", "fr"], ["zh", "zho"], []):
        with pytest.raises(RequestError, match="has 2 languages"):
            read_lape(path, names)
    with pytest.raises(UnknownLanguageError):
        read_lape(path, ["zh", "Englsh"])
    with pytest.raises(ResultError, match="is not a file"):
        read_lape(tmp_path, ["zh", "en"])


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"kind": "language-neurons", "schema": 1}']
)
def test_damaged_lists_are_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"neurons{suffix}"
    path.write_bytes(content)
    with pytest.raises(ResultError, match="neurons"):
        read_neurons(path)


def test_a_change_of_a_list_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "neurons.json"
    write_neurons(read_lape(saved(tmp_path), ["zh", "en"]), path)
    values = json.loads(path.read_text("utf-8"))
    changes: tuple[dict[str, object], ...] = (
        {"neurons": {"en": [[1]], "zh": [[1], [2]]}},
        {"neurons": {"en": [["a"]]}},
        {"neurons": {"en": [[2, 1]]}},
        {"neurons": 3},
        {"neurons": {}},
        {"probability": {}},
        {"probability": {"zh": [[0.5]] * 3, "en": [[0.5]] * 3}},
        {"schema": 2},
    )
    for change in changes:
        path.write_text(json.dumps(values | change), "utf-8")
        with pytest.raises(ResultError, match=r"neurons\.json"):
            read_neurons(path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"use \.parquet, \.csv"):
        write_neurons(read_lape(saved(tmp_path), ["zh", "en"]), tmp_path / "neurons.xlsx")


def test_a_models_neurons_go_out(tiny_folder: Path, tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "neurons.csv"
    session = bridgex.Session(str(tiny_folder), device="cpu", dtype="float32", store=Store(store))
    settings = bridgex.RankSettings().changed({"selection.rate": 0.1})
    texts = Texts(budget=Budget(sentences=4))
    lists = language_neurons(session, ["id", "he"], texts=texts, settings=settings)
    assert sum(map(len, lists.neurons["id"])) == 40
    read = {code: texts.corpus_of(find(code)) for code in ("id", "he")}
    stats = {
        code: session.stats(session.within(corpus, texts.budget), settings.sequences)
        for code, corpus in read.items()
    }
    chosen = select(stats, settings.selection)
    for code in ("id", "he"):
        for layer, mask in enumerate(chosen[code].mask):
            assert lists.neurons[code][layer].tolist() == mask.nonzero().flatten().tolist()
            expected = stats[code].positive[layer][mask] / stats[code].tokens
            assert lists.probability is not None
            assert lists.probability[code][layer].tolist() == pytest.approx(expected.tolist())
    write_neurons(lists, out)
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert len(rows) == len(list(lists.rows()))
    assert all(
        len(row["languages"].split(";")) == len(row["probability"].split(";")) for row in rows
    )


def test_parquet_has_the_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    lists = read_lape(saved(tmp_path), ["zh", "en"])
    known = {
        code: tuple(each.double() / 10 for each in layers) for code, layers in lists.neurons.items()
    }
    for probability in (None, known):
        path = tmp_path / "neurons.parquet"
        write_neurons(NeuronLists(lists.neurons, probability, "m@abc", "lape"), path)
        table = parquet.read_table(path)
        assert table.to_pylist() == list(NeuronLists(lists.neurons, probability).rows())
        assert table.schema.metadata[b"model"] == b"m@abc"


class TestCommandLine:
    def test_convert(self, tmp_path: Path) -> None:
        first, second = tmp_path / "n.safetensors", tmp_path / "n.csv"
        words = ["neurons", "convert", str(saved(tmp_path)), str(first), "--languages", "zh,en"]
        done = RUNNER.invoke(app, words)
        assert done.exit_code == 0, done.output
        done = RUNNER.invoke(app, ["neurons", "convert", str(first), str(second)])
        assert done.exit_code == 0, done.output
        assert second.read_text("utf-8").splitlines()[:2] == [
            "layer,neuron,languages,probability",
            "0,2,zh;en,",
        ]

    def test_what_is_wrong_is_said(self, tmp_path: Path) -> None:
        path, out = str(saved(tmp_path)), str(tmp_path / "n.json")
        assert "--languages" in refused("neurons", "convert", path, out)
        assert "has 2 languages" in refused("neurons", "convert", path, out, "--languages", "en")
        assert "check the path" in refused(
            "neurons", "convert", f"{path}x", out, "--languages", "en,fr"
        )
        RUNNER.invoke(app, ["neurons", "convert", path, out, "--languages", "zh,en"])
        assert "names its languages" in refused(
            "neurons", "convert", out, str(tmp_path / "n.csv"), "--languages", "en,fr"
        )

    def test_export(self, tiny_folder: Path, tmp_path: Path) -> None:
        out = tmp_path / "n.json"
        words = f"neurons export {out} --languages id,he --sentences 3 --rate 0.1".split()
        model = ["--model", str(tiny_folder), "--device", "cpu", "--dtype", "float32"]
        done = RUNNER.invoke(app, [*words, *model])
        assert done.exit_code == 0, done.output
        values = json.loads(out.read_text("utf-8"))
        assert list(values["neurons"]) == ["id", "he"]
        assert values["selection"].startswith("top")
