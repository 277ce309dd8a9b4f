"""Data sets of the Hub by name: what is fetched of them, what is kept, what is refused."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from bridgex.cli import app
from bridgex.data.fetched import data_folder, source_folder
from bridgex.data.hub import CONVERTED, hub_commit, hub_folder, hub_name
from bridgex.errors import BridgexError, DownloadError, RequestError, TextError
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.tasks import TaskRequest
from bridgex.tasks.reading import read_task
from bridgex.texts.lock import read_lock
from tests.cli.running import RUNNER, refused
from tests.data.server import Server
from tests.data.test_fetch import NEW, OLD, files

arrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

REPOSITORY = "openlanguagedata/flores_plus"


def table(rows: list[dict[str, object]]) -> bytes:
    content = BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), content)
    return content.getvalue()


def sentences(code: str) -> bytes:
    return table([{"text": f"{code} {at}"} for at in range(5)])


FLORES = {
    f"{split}/{code}.parquet": sentences(f"{split} {code}")
    for split in ("dev", "devtest")
    for code in ("heb_Hebr", "ind_Latn", "eng_Latn")
}


def publish(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    content: Mapping[str, bytes],
    *,
    licence: str | None = "cc-by-sa-4.0",
    branch: str | None = None,
    commit: str = OLD,
) -> None:
    """Publish a data set on a Hub on this machine; on a branch, or the main one."""
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    about = {
        "sha": commit,
        "siblings": [{"rfilename": path} for path in content],
        "cardData": {"license": licence} if licence else None,
    }
    at = f"/api/datasets/{REPOSITORY}"
    raw = json.dumps(about).encode()
    for revision in (f"/revision/{branch}" if branch else "", f"/revision/{commit}"):
        server.publish(f"{at}{revision}", raw, **{"Content-Type": "application/json"})
    for path, each in content.items():
        server.publish(f"/datasets/{REPOSITORY}/resolve/{commit}/{path}", each)


def texts(corpus: str) -> Texts:
    return Texts(corpus=corpus)  # type: ignore[arg-type]


def test_the_languages_asked_for_come_and_are_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, monkeypatch, FLORES)
    read = texts(f"hf:{REPOSITORY}/devtest")
    corpus = read.corpus_of(find("he"))
    assert corpus.sentences[0] == "devtest heb_Hebr 0"
    assert corpus.provenance.name == f"{REPOSITORY}@{OLD[:12]}"
    assert corpus.provenance.licence == "cc-by-sa-4.0"
    folder = data_folder() / "hf" / REPOSITORY
    assert files(folder) == {"devtest/heb_Hebr.parquet", ".listing.json"}
    # What is here is read without a network; what is not is asked for at the same commit.
    publish(server, monkeypatch, {}, commit=NEW)
    server.requests.clear()
    monkeypatch.setenv("BRIDGEX_OFFLINE", "1")
    assert read.corpus_of(find("he")) == corpus
    with pytest.raises(DownloadError, match="BRIDGEX_OFFLINE is set"):
        read.corpus_of(find("id"))
    assert server.requests == []
    monkeypatch.delenv("BRIDGEX_OFFLINE")
    assert read.corpus_of(find("id")).provenance.name == f"{REPOSITORY}@{OLD[:12]}"
    lock = read_lock(folder)
    assert lock is not None
    assert {file.path.partition("/")[2] for file in lock.files} == {
        "heb_Hebr.parquet",
        "ind_Latn.parquet",
    }
    assert hub_commit(folder / "devtest") == f"{REPOSITORY}@{OLD}/devtest"
    assert hub_commit(data_folder()) is None


def test_a_revision_has_a_folder_of_its_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, monkeypatch, FLORES, branch="v2", commit=NEW)
    corpus = texts(f"hf:{REPOSITORY}@v2/dev").corpus_of(find("en"))
    assert corpus.sentences[1] == "dev eng_Latn 1"
    assert corpus.provenance.name == f"{REPOSITORY}@{NEW[:12]}"
    assert (data_folder() / "hf" / f"{REPOSITORY}@v2" / "dev" / "eng_Latn.parquet").is_file()


ROWS: list[dict[str, object]] = [
    {
        "link": f"https://example.org/{at}",
        "question_number": 1,
        "flores_passage": f"A cat sleeps on mat {at}.",
        "question": "Who sleeps?",
        **{f"mc_answer{one}": f"answer {one}" for one in range(1, 5)},
        "correct_answer_num": "2",
    }
    for at in range(12)
]
TABLES: dict[str, list[dict[str, object]]] = {
    "mrc": ROWS,
    "commonsense": [
        {"idx": at, "premise": f"It rained {at} times.", "question": "effect", "label": 1}
        | {"choice1": "It was dry.", "choice2": "It was wet."}
        for at in range(12)
    ],
    "topic": [{"index_id": at, "category": "travel", "text": f"A trip {at}."} for at in range(12)],
    "mathematics": [
        {"question": f"What is {at} + 1?", "answer_number": at + 1} for at in range(12)
    ],
}


@pytest.mark.parametrize("task", TABLES)
def test_a_benchmark_is_read_from_the_hubs_own_parquet(
    server: Server, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    publish(server, monkeypatch, {"data/eng_Latn.jsonl": b"{}", "README.md": b"#"})
    converted = {f"{code}/test/0000.parquet": table(TABLES[task]) for code in ("eng_Latn", "deu")}
    publish(server, monkeypatch, converted, branch=CONVERTED.replace("/", "%2F"), commit=NEW)
    given = Texts(data=f"hf:{REPOSITORY}")  # type: ignore[arg-type]
    read = read_task(task, TaskRequest(), find("en"), find("de"), given)
    assert len(read.items) + len(read.development) + len(read.examples) in {12, 20}
    assert read.provenance is not None
    assert read.provenance.name == f"{REPOSITORY}@{NEW[:12]}"
    assert hub_commit(data_folder() / "hf" / REPOSITORY) == f"{REPOSITORY}@{NEW}/."


@pytest.mark.parametrize(
    "name",
    ["hf:", "hf:flores", "hf:a/b/c/../../d", "hf:a/b@", "hf:a b/c", "hf:/a/b", "hf:a/b@x/y z"],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(RequestError, match="names no data set of the Hub; write hf:OWNER/NAME"):
        hub_name(name)


def test_a_dictionary_is_no_data_set_of_the_hub() -> None:
    with pytest.raises(TextError, match="not dictionaries"):
        source_folder(f"hf:{REPOSITORY}", "lexicon")
    assert hub_name("flores200") is None


@pytest.mark.parametrize(
    ("corpus", "content", "error", "said"),
    [
        ("", {"data.jsonl": b"{}"}, TextError, "has no Parquet files, which is what is read"),
        ("@main", {"data.jsonl": b"{}"}, TextError, "no Parquet files of that revision"),
        ("/test", FLORES, TextError, "no Parquet files in test; its folders are dev, devtest"),
        ("/dev", {"dev/heb_Hebr.parquet": b"PAR1"}, TextError, r"no file for Indonesian"),
        ("", {"../id.parquet": b"", "/id.parquet": b"", "a/.id.parquet": b""}, TextError, "no Par"),
        ("", FLORES, TextError, "ind_Latn.parquet"),
    ],
)
def test_what_is_not_there_is_said(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    corpus: str,
    content: dict[str, bytes],
    error: type[BridgexError],
    said: str,
) -> None:
    publish(server, monkeypatch, content)
    publish(server, monkeypatch, content, branch="main")
    with pytest.raises(error, match=said):
        texts(f"hf:{REPOSITORY}{corpus}").corpus_of(find("id"))


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [(403, "GatedRepo", "is gated: accept its terms"), (404, "RepoNotFound", "has no data set")],
)
def test_what_the_hub_refuses(
    server: Server, monkeypatch: pytest.MonkeyPatch, status: int, code: str, said: str
) -> None:
    publish(server, monkeypatch, FLORES)
    at = f"/api/datasets/{REPOSITORY}"
    server.publish(at, b"", **{"X-Error-Code": code})
    server.files[at].status = status
    with pytest.raises(DownloadError, match=said):
        texts(f"hf:{REPOSITORY}/dev").corpus_of(find("id"))
    assert not (data_folder() / "hf" / REPOSITORY).exists()


def test_a_licence_against_commercial_use_is_accepted_first(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(server, monkeypatch, FLORES, licence="cc-by-nc-4.0")
    name = hub_name(f"hf:{REPOSITORY}/dev")
    assert name is not None
    with pytest.raises(RequestError, match=r"cc-by-nc-4\.0, which forbids commercial use"):
        hub_folder(name, "corpus", [find("he")], tmp_path)
    data = ["--to", str(tmp_path), "--accept-licence"]
    words = ["data", "get", f"hf:{REPOSITORY}/dev", "--languages", "he"]
    done = RUNNER.invoke(app, [*words, *data])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"In {tmp_path / 'hf' / REPOSITORY / 'dev'}\n"
    assert "name them with --languages" in refused("data", "get", f"hf:{REPOSITORY}")
    folder = hub_folder(name, "corpus", [find("id")], tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [
        "heb_Hebr.parquet",
        "ind_Latn.parquet",
    ]


def test_a_listing_that_is_damaged_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(server, monkeypatch, FLORES, licence=None)
    read = texts(f"hf:{REPOSITORY}/dev")
    assert read.corpus_of(find("he")).provenance.licence == "not stated on the Hub"
    (data_folder() / "hf" / REPOSITORY / ".listing.json").write_text("[]")
    with pytest.raises(TextError, match=r"listing\.json is damaged; delete"):
        read.corpus_of(find("he"))
