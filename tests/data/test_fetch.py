"""Fetching sources of every origin into a data folder, and what the lock says of them."""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.data import catalogue, origins
from bridgex.data.catalogue import SOURCES, Source, source
from bridgex.data.client import RetryPolicy
from bridgex.data.fetch import accepted, get, register
from bridgex.data.language_filter import language_filter
from bridgex.errors import DownloadError, RequestError, TextError
from bridgex.languages import find
from bridgex.tasks.commonsense import Commonsense
from bridgex.texts.benchmarks import read_benchmark
from bridgex.texts.lock import LOCK_NAME, Lock, LockedFile, read_lock, write_lock
from tests.data.server import Server
from tests.data.test_archives import tar_of, zip_of
from tests.published import Published

QUICK = RetryPolicy(attempts=2, stall=1.0, wait=0.01)
OLD, NEW = "a" * 40, "b" * 40


def muse(server: Server, *languages: str) -> Source:
    """MUSE at the server, with the files that the publisher has between some languages."""
    known = source("muse")
    assert isinstance(known.origin, origins.Addresses)
    for name in known.origin.files:
        pair = name.split(".")[0].split("-")
        if set(pair) <= set(languages):
            server.publish(f"/muse/{name}", f"{name}\tword\n".encode())
    return replace(known, origin=replace(known.origin, base=f"{server.url}/muse"))


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK_NAME
    }


def test_what_is_asked_for_comes_and_is_locked(server: Server, tmp_path: Path) -> None:
    lock = get(muse(server, "en", "fr"), tmp_path, ["English", "fra"], accept_licence=True)
    ends = (".txt", ".0-5000.txt", ".5000-6500.txt")
    expected = {f"{pair}{end}" for pair in ("en-fr", "fr-en") for end in ends}
    assert files(tmp_path / "muse") == expected
    written = json.loads((tmp_path / "muse" / LOCK_NAME).read_text(encoding="utf-8"))
    assert written["licence"] == "CC BY-NC 4.0"
    assert written["accepted"].startswith("20")
    assert written["revision"] is None
    assert {each["path"] for each in written["files"]} == expected
    for each in written["files"]:
        content = (tmp_path / "muse" / each["path"]).read_bytes()
        assert each["size"] == len(content)
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
    assert read_lock(tmp_path / "muse") == lock


def test_what_is_here_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    wanted = muse(server, "en", "fr", "de")
    get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    server.requests.clear()
    assert len(get(wanted, tmp_path, ["en", "fr"]).files) == 6
    assert server.requests == []
    assert len(get(wanted, tmp_path, ["en", "de"]).files) == 12
    assert len(server.requests) == 6


def test_a_licence_is_accepted_before_anything_is_asked(server: Server, tmp_path: Path) -> None:
    wanted = muse(server, "en", "fr")
    assert not accepted(wanted, tmp_path)
    with pytest.raises(RequestError, match=r"CC BY-NC 4\.0, which forbids commercial use"):
        get(wanted, tmp_path, ["en", "fr"])
    assert server.requests == []
    get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    assert accepted(wanted, tmp_path)
    assert accepted(source("xcopa"), tmp_path)


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        (["en", "sw"], "MUSE has no sw; it has af, ar, bg"),
        (["he", "id"], "no file for he, id alone"),
        (["en", "Hebrw"], "Did you mean 'Hebrew'"),
    ],
)
def test_languages_that_are_not_there(
    server: Server, tmp_path: Path, languages: list[str], message: str
) -> None:
    with pytest.raises(Exception, match=message) as raised:
        get(muse(server, "en", "fr"), tmp_path, languages, accept_licence=True)
    assert type(raised.value).__module__ == "bridgex.errors"
    assert server.requests == []


def test_without_languages_the_papers_are_meant() -> None:
    wanted = source("muse")
    assert isinstance(wanted.origin, origins.Addresses)
    chosen = {
        match.string
        for match in language_filter([]).matches("MUSE", wanted.files, wanted.origin.files)
    }
    paper = {"zh", "ja", "ar", "he", "id", "tl", "fi", "hu", "en", "de", "fr", "it", "pt", "es"}
    european = {"de", "fr", "it", "pt", "es"}
    pairs = {
        (one, other)
        for one in paper
        for other in paper - {one}
        if "en" in (one, other) or {one, other} <= european
    }
    assert {tuple(name.split(".")[0].split("-")) for name in chosen} == pairs
    assert len(chosen) == 3 * len(pairs) == 3 * (2 * 13 + 5 * 4)


def test_a_missing_file_comes_back_as_it_was(server: Server, tmp_path: Path) -> None:
    wanted = muse(server, "en", "fr")
    before = get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    gone = tmp_path / "muse" / "en-fr.txt"
    content = gone.read_bytes()
    gone.unlink()
    assert before.problems(tmp_path / "muse") == [f"{gone} is missing"]
    assert get(wanted, tmp_path, ["en", "fr"]) == before
    assert gone.read_bytes() == content


def test_a_file_that_changed_at_the_publisher_is_refused(server: Server, tmp_path: Path) -> None:
    wanted = muse(server, "en", "fr")
    get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    (tmp_path / "muse" / "en-fr.txt").unlink()
    server.publish("/muse/en-fr.txt", b"another\tword\n")
    with pytest.raises(DownloadError, match="no longer what was locked"):
        get(wanted, tmp_path, ["en", "fr"])
    assert not (tmp_path / "muse" / "en-fr.txt").exists()


def test_an_altered_file_is_never_overwritten(server: Server, tmp_path: Path) -> None:
    wanted = muse(server, "en", "fr")
    get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    altered = tmp_path / "muse" / "en-fr.txt"
    content = altered.read_bytes()
    altered.write_bytes(content.upper())
    with pytest.raises(TextError, match="is altered: its SHA-256"):
        get(wanted, tmp_path, ["en", "fr"])
    altered.write_bytes(content + b"more")
    with pytest.raises(TextError, match=r"is altered: .* bytes instead of"):
        get(wanted, tmp_path, ["en", "fr"])
    assert altered.read_bytes() == content + b"more"


def test_a_run_that_broke_off_goes_on(server: Server, tmp_path: Path) -> None:
    wanted = muse(server, "en", "fr")
    server.faults["/muse/en-fr.5000-6500.txt"] = [404]
    with pytest.raises(DownloadError):
        get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    there = read_lock(tmp_path / "muse")
    assert there is not None
    assert [file.path for file in there.files] == ["en-fr.0-5000.txt", "en-fr.txt"]
    get(wanted, tmp_path, ["en", "fr"])
    asked = Counter(path for _, path, _ in server.requests)
    assert asked["/muse/en-fr.txt"] == 1
    assert asked["/muse/en-fr.5000-6500.txt"] == 2
    assert not (tmp_path / "muse" / ".unfinished").exists()


def test_two_processes_fetch_each_file_once(server: Server, tmp_path: Path) -> None:
    muse(server, "en", "fr")
    script = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from bridgex.data.catalogue import source\n"
        "from bridgex.data.fetch import get\n"
        "muse = source('muse'); origin = replace(muse.origin, base=sys.argv[1])\n"
        "lock = get(replace(muse, origin=origin), Path(sys.argv[2]), ['en', 'fr'], "
        "accept_licence=True)\n"
        "print(len(lock.files))"
    )
    command = [sys.executable, "-c", script, f"{server.url}/muse", str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603
    assert [each.communicate(timeout=60)[0] for each in both] == ["6\n", "6\n"]
    asked = Counter(path for _, path, _ in server.requests)
    assert len(asked) == 6
    assert set(asked.values()) == {1}


def github(
    server: Server, monkeypatch: pytest.MonkeyPatch, repository: str, content: dict[str, bytes]
) -> None:
    """Publish a repository whose newest commit is `OLD`."""
    monkeypatch.setattr(origins, "GITHUB_API", f"{server.url}/api")
    monkeypatch.setattr(origins, "GITHUB_FILES", f"{server.url}/raw")
    tree = [{"path": "data", "type": "tree"}]
    tree += [{"path": path, "type": "blob"} for path in content]
    listing = json.dumps({"tree": tree, "truncated": False}).encode()
    server.publish(f"/api/repos/{repository}/commits/HEAD", OLD.encode())
    server.publish(f"/api/repos/{repository}/git/trees/{OLD}?recursive=1", listing)
    for path, raw in content.items():
        server.publish(f"/raw/{repository}/{OLD}/{path}", raw)


def test_github_stays_at_the_commit_that_came_first(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = {
        f"data/{code}/{split}.{code}.jsonl": b'{"premise": "' + code.encode() + b'"}\r\n'
        for code in ("id", "sw")
        for split in ("val", "test")
    }
    github(server, monkeypatch, "cambridgeltl/xcopa", {**rows, "README.md": b"#"})
    lock = get(source("xcopa"), tmp_path, ["id"])
    assert lock.revision == OLD
    assert files(tmp_path / "xcopa") == {"data/id/val.id.jsonl", "data/id/test.id.jsonl"}
    server.publish("/api/repos/cambridgeltl/xcopa/commits/HEAD", NEW.encode())
    assert get(source("xcopa"), tmp_path).revision == OLD
    assert files(tmp_path / "xcopa") == set(rows)


def test_github_answers_with_a_commit_or_not_at_all(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github(server, monkeypatch, "cambridgeltl/xcopa", {})
    server.publish("/api/repos/cambridgeltl/xcopa/commits/HEAD", b"<html>Log in</html>")
    with pytest.raises(DownloadError, match="did not answer with a commit"):
        get(source("xcopa"), tmp_path)


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        (b"[]", "did not list"),
        (b"not json", "did not list"),
        (
            b'{"tree": [{"path": "data/id/val.id.jsonl", "type": "blob"}], "truncated": true}',
            "only",
        ),
        (b'{"tree": [{"path": "elsewhere.jsonl", "type": "blob"}]}', "layout known here"),
    ],
)
def test_github_listings_that_are_none(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    listing: bytes,
    message: str,
) -> None:
    github(server, monkeypatch, "cambridgeltl/xcopa", {})
    server.publish(f"/api/repos/cambridgeltl/xcopa/git/trees/{OLD}?recursive=1", listing)
    with pytest.raises((DownloadError, RequestError), match=message):
        get(source("xcopa"), tmp_path)


def test_archives_are_unpacked_and_their_members_locked(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packed = {}
    for one, other in (("fi", "hu"), ("hu", "fi")):
        pairs = [f"{one}-{target}" for target in (other, "ka")]
        names = {f"{one}-l2/{p}/{p}.test.2000.cc.trans": f"{p}\t1\n".encode() for p in pairs}
        archive = zip_of(tmp_path / f"{one}.zip", {**names, f"{one}-l2/README": b"#"})
        packed[f"lexicons/{one}-l2.zip"] = archive.read_bytes()
    github(server, monkeypatch, "cambridgeltl/panlex-bli", packed)
    lock = get(source("panlex-bli"), tmp_path / "data", ["fi", "hu"])
    folder = tmp_path / "data" / "panlex-bli"
    words = {"fi-hu.test.2000.cc.trans", "hu-fi.test.2000.cc.trans"}
    assert files(folder) == {*packed, *words} == {file.path for file in lock.files}
    (folder / "fi-hu.test.2000.cc.trans").unlink()
    server.requests.clear()
    assert get(source("panlex-bli"), tmp_path / "data", ["fi", "hu"]) == lock
    assert files(folder) == {*packed, *words}
    assert server.asked(f"/raw/cambridgeltl/panlex-bli/{OLD}/lexicons/fi-l2.zip") == []
    assert lock.problems(folder) == []


def test_one_archive_for_all_languages(server: Server, tmp_path: Path) -> None:
    content = {
        f"./flores200_dataset/{split}/{code}.{split}": f"{code} {split}\n".encode()
        for split in ("dev", "devtest")
        for code in ("heb_Hebr", "ind_Latn", "arb_Arab", "arb_Latn")
    }
    archive = tar_of(tmp_path / "a.tar.gz", {**content, "./flores200_dataset/README": b"#"})
    server.publish("/flores200_dataset.tar.gz", archive.read_bytes())
    known = source("flores200")
    wanted = replace(known, origin=origins.Addresses(server.url, ("flores200_dataset.tar.gz",)))
    get(wanted, tmp_path, ["he", "ar"])
    members = {f"{s}/{c}.{s}" for s in ("dev", "devtest") for c in ("heb_Hebr", "arb_Arab")}
    assert files(tmp_path / "flores200") == {"flores200_dataset.tar.gz", *members}
    with pytest.raises(RequestError, match=r"has no sw; it has arb_Arab, arb_Latn, heb_Hebr"):
        get(wanted, tmp_path, ["sw"])


def hub(
    server: Server, monkeypatch: pytest.MonkeyPatch, repository: str, content: dict[str, bytes]
) -> None:
    """Publish a data set on a Hub whose main branch is at `OLD`."""
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    siblings = [{"rfilename": path} for path in content]
    about = json.dumps({"id": repository, "sha": OLD, "siblings": siblings}).encode()
    json_type = {"Content-Type": "application/json"}
    server.publish(f"/api/datasets/{repository}", about, **json_type)
    server.publish(f"/api/datasets/{repository}/revision/{OLD}", about, **json_type)
    for path, raw in content.items():
        etag = f'"{hashlib.sha1(raw, usedforsecurity=False).hexdigest()}"'
        headers = {"ETag": etag, "X-Repo-Commit": OLD}
        server.publish(f"/datasets/{repository}/resolve/{OLD}/{path}", raw, **headers)


BELEBELE = {f"data/{code}.jsonl": code.encode() * 999 for code in ("heb_Hebr", "ind_Latn")}


def test_the_hub_stays_at_the_commit_that_came_first(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub(server, monkeypatch, "facebook/belebele", {**BELEBELE, "README.md": b"#"})
    lock = get(source("belebele"), tmp_path, ["he"])
    assert lock.revision == OLD
    assert files(tmp_path / "belebele") == {"data/heb_Hebr.jsonl"}
    assert (tmp_path / "belebele/data/heb_Hebr.jsonl").read_bytes() == b"heb_Hebr" * 999
    moved = json.dumps({"id": "facebook/belebele", "sha": NEW, "siblings": []}).encode()
    server.publish("/api/datasets/facebook/belebele", moved)
    assert get(source("belebele"), tmp_path, ["id"]).revision == OLD
    assert files(tmp_path / "belebele") == set(BELEBELE)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "GatedRepo", "is gated: accept its terms at .*flores_plus, then log in .* HF_TOKEN"),
        (401, "GatedRepo", "is gated"),
        (404, "RepoNotFound", "no data set openlanguagedata/flores_plus"),
        (401, "", "no data set"),
    ],
)
@pytest.mark.parametrize("at_the_file", [True, False])
def test_what_the_hub_refuses(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    status: int,
    code: str,
    message: str,
    at_the_file: bool,
) -> None:
    path = "devtest/heb_Hebr.parquet"
    hub(server, monkeypatch, "openlanguagedata/flores_plus", {path: b"PAR1"})
    refused = (
        f"/datasets/openlanguagedata/flores_plus/resolve/{OLD}/{path}"
        if at_the_file
        else "/api/datasets/openlanguagedata/flores_plus"
    )
    server.publish(refused, b"", **{"X-Error-Code": code})
    server.files[refused].status = status
    with pytest.raises(DownloadError, match=message):
        get(source("flores-plus"), tmp_path)
    assert files(tmp_path / "flores-plus") == set()


def test_a_web_page_from_the_hub_is_not_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub(server, monkeypatch, "facebook/belebele", dict.fromkeys(BELEBELE, b"<html>Log in</html>"))
    with pytest.raises(DownloadError, match="sent a web page"):
        get(source("belebele"), tmp_path, ["he"])
    hub(server, monkeypatch, "facebook/belebele", BELEBELE)
    get(source("belebele"), tmp_path, ["he"])
    assert (tmp_path / "belebele/data/heb_Hebr.jsonl").read_bytes() == b"heb_Hebr" * 999


def test_a_bad_archive_is_neither_kept_nor_locked(server: Server, tmp_path: Path) -> None:
    good = {"flores200_dataset/devtest/heb_Hebr.devtest": b"one\n"}
    known = source("flores200")
    wanted = replace(known, origin=origins.Addresses(server.url, ("flores200_dataset.tar.gz",)))
    for bad in (
        tar_of(tmp_path / "climbs", {**good, "../../out": b""}).read_bytes(),
        tar_of(tmp_path / "cut", good).read_bytes()[:60],
    ):
        server.publish("/flores200_dataset.tar.gz", bad)
        with pytest.raises(DownloadError, match=r"nothing of it was unpacked|cut short"):
            get(wanted, tmp_path / "data", ["he"])
        assert files(tmp_path / "data" / "flores200") == set()
        assert read_lock(tmp_path / "data" / "flores200") is None
    whole = tar_of(tmp_path / "whole", good).read_bytes()
    server.publish("/flores200_dataset.tar.gz", whole)
    assert len(get(wanted, tmp_path / "data", ["he"]).files) == 2


@pytest.mark.parametrize("name", ["belebele", "xcopa", "flores200"])
def test_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set, so nothing is downloaded"):
        get(source(name), tmp_path)


FOLDERS = {
    "muse": "muse",
    "panlex-bli": "panlex-bli",
    "omw-wikt": "omw-wikt",
    "flores200": "flores200",
    "sib200": "sib200",
    "belebele": "belebele",
    "xnli": "xnli",
    "xcopa": "xcopa",
    "mgsm": "mgsm",
}


def test_what_is_fetched_is_read_with_its_licence(
    server: Server, published: Published, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A benchmark in its publisher's layout, from the fetch to the items."""
    rows = {
        f"data/{code}/val.{code}.jsonl": (
            published.folder / "xcopa" / code / f"val.{code}.jsonl"
        ).read_bytes()
        for code in ("id", "it")
    }
    github(server, monkeypatch, "cambridgeltl/xcopa", rows)
    get(source("xcopa"), tmp_path)
    folder = tmp_path / "xcopa" / source("xcopa").part
    layout = Commonsense.benchmark_format(find("it"))
    read = read_benchmark(layout, folder, find("id"), find("it"))
    assert len(read.pairs) == published.premises
    assert read.provenance.name == f"XCOPA@{OLD[:12]}"
    assert read.provenance.licence == "CC BY 4.0"


@pytest.mark.parametrize("name", FOLDERS)
def test_a_copy_of_ones_own(published: Published, tmp_path: Path, name: str) -> None:
    copy = published.folder / FOLDERS[name]
    lock = register(source(name), tmp_path, copy, accept_licence=True)
    assert files(tmp_path / name) == files(copy) == {file.path for file in lock.files}
    for file in lock.files:
        raw = (copy / file.path).read_bytes()
        assert (file.size, file.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert lock.problems(tmp_path / name) == []
    assert register(source(name), tmp_path, copy) == lock


def test_a_copy_is_not_mixed_with_what_was_fetched(server: Server, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "en-fr.txt").write_text("one un\n")
    get(muse(server, "en", "fr"), tmp_path / "a", ["en", "fr"], accept_licence=True)
    with pytest.raises(RequestError, match="delete that folder first"):
        register(source("muse"), tmp_path / "a", own)
    register(source("muse"), tmp_path / "b", own, accept_licence=True)
    with pytest.raises(
        RequestError, match=r"already has MUSE from a copy in .*; delete that folder first"
    ):
        get(muse(server, "en", "fr"), tmp_path / "b", ["en", "fr"])


def test_a_copy_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no folder with files"):
        register(source("xcopa"), tmp_path / "data", tmp_path / "nowhere")
    own = tmp_path / "own"
    own.mkdir()
    (own / "val.id.jsonl").write_text("<html>404</html>")
    with pytest.raises(DownloadError, match="is a web page"):
        register(source("xcopa"), tmp_path / "data", own)
    assert files(tmp_path / "data" / "xcopa") == set()


TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(
    st.builds(
        Lock,
        *[TEXT] * 3,
        st.booleans(),
        st.none() | TEXT,
        TEXT,
        st.none() | TEXT,
        st.lists(st.builds(LockedFile, TEXT, st.integers(0, 2**60), TEXT)).map(tuple),
    )
)
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_lock(Path(folder), lock)
        assert read_lock(Path(folder)) == lock


@pytest.mark.parametrize("content", ["", "{}", '{"source": 1}', "[", "null"])
def test_a_damaged_lock(tmp_path: Path, content: str) -> None:
    (tmp_path / LOCK_NAME).write_text(content)
    with pytest.raises(TextError, match=r"is damaged; move the folder .* away and fetch"):
        read_lock(tmp_path)


def test_the_catalogue_is_consistent() -> None:
    assert len({each.name for each in SOURCES}) == len(SOURCES)
    for each in SOURCES:
        assert each.noncommercial == ("NC" in each.licence)
        groups = set((each.members or each.files).groupindex) - {"keep"}
        assert groups in ({"language"}, {"source", "target"})
        if each.members is not None:
            assert "keep" in each.members.groupindex
    assert catalogue.source("muse") is SOURCES[0]


@pytest.mark.parametrize(
    ("name", "path", "codes"),
    [
        ("ntrex", "NTREX-128/newstest2019-ref.zho-CN.txt", ["zho"]),
        ("ntrex", "NTREX-128/newstest2019-src.eng.txt", ["eng"]),
        ("ntrex", "NTREX-128/newstest2019-ref.aze-Latn.txt", ["aze-Latn"]),
        ("ntrex", "NTREX-128/newstest2019-ref.zho-TW.txt", None),
        ("ntrex", "NTREX-128/newstest2019-ref.eng-IN.txt", None),
        ("ntrex", "NTREX-128/newstest2019-ref-2.spa.txt", None),
        ("flores-plus", "devtest/cat_Latn_vale1252.parquet", ["cat_Latn_vale1252"]),
        ("flores-plus", "dev/heb_Hebr.jsonl", ["heb_Hebr"]),
        ("xnli", "de/validation-00000-of-00001.parquet", ["de"]),
        ("xnli", "de/train-00000-of-00001.parquet", None),
        ("xcopa", "data-gmt/id/val.id.jsonl", None),
        ("omw-wikt", "wns/wikt/wn-wikt-heb.tab", ["heb"]),
    ],
)
def test_layouts(name: str, path: str, codes: list[str] | None) -> None:
    match = source(name).files.fullmatch(path)
    assert (match and list(match.groups())) == codes
