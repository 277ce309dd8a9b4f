"""The real client against a real server that breaks off, stalls, moves and changes."""

import time
from pathlib import Path

import httpx2
import pytest

from bridgex.data.client import Client, RetryPolicy
from bridgex.errors import DownloadError, StoreError
from tests.data.server import STALLED, Fault, Server, serving

QUICK = RetryPolicy(attempts=3, stall=0.2, wait=0.01)
CONTENT = bytes(range(256)) * 1000


def fetch(server: Server, folder: Path, retries: RetryPolicy = QUICK) -> Path:
    target = folder / "sub" / "file.txt"
    with Client(retries) as client:
        client.download(f"{server.url}/file.txt", target)
    return target


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_arrives_whole_and_alone(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert names(tmp_path) == ["file.txt"]
    assert server.asked("/file.txt")[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("fault", ["cut", "stall", 408, 429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(server: Server, tmp_path: Path, fault: Fault) -> None:
    server.publish("/file.txt", CONTENT)
    server.faults["/file.txt"] = [fault, fault]
    started = time.monotonic()
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert time.monotonic() - started < STALLED
    assert len(server.asked("/file.txt")) == 3


@pytest.mark.parametrize("fault", ["cut", "stall"])
def test_the_rest_alone_is_asked_for(server: Server, tmp_path: Path, fault: Fault) -> None:
    server.publish("/file.txt", CONTENT)
    server.faults["/file.txt"] = [fault]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    first, second = server.asked("/file.txt")
    assert "Range" not in first
    assert second["Range"] == f"bytes={len(CONTENT) // 2}-"
    assert second["If-Range"] == '"one"'


def test_a_part_of_the_rest_is_not_the_whole(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    server.faults["/file.txt"] = ["cut", "part"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    starts = [headers.get("Range") for headers in server.asked("/file.txt")]
    assert starts == [None, "bytes=128000-", "bytes=192000-"]


def test_a_later_run_goes_on(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT, **{"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"})
    server.faults["/file.txt"] = ["cut"]
    with pytest.raises(DownloadError, match="in 1 attempts"):
        fetch(server, tmp_path, RetryPolicy(attempts=1, stall=0.2))
    assert names(tmp_path) == ["file.txt.part", "file.txt.part.from"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked("/file.txt")[1]["If-Range"] == "Wed, 21 Oct 2015 07:28:00 GMT"
    assert names(tmp_path) == ["file.txt"]


def test_a_changed_file_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    server.faults["/file.txt"] = ["cut"]
    with pytest.raises(DownloadError):
        fetch(server, tmp_path, RetryPolicy(attempts=1, stall=0.2))
    changed = CONTENT[::-1]
    server.publish("/file.txt", changed, ETag='"two"')
    assert fetch(server, tmp_path).read_bytes() == changed


def test_a_server_that_ignores_if_range_does_not_glue(server: Server, tmp_path: Path) -> None:
    """It answers 206 with a part of the new version; its ETag tells."""
    server.publish("/file.txt", CONTENT)
    server.faults["/file.txt"] = ["cut"]
    with pytest.raises(DownloadError):
        fetch(server, tmp_path, RetryPolicy(attempts=1, stall=0.2))
    changed = CONTENT[::-1]
    server.publish("/file.txt", changed, **{"ETag": '"two"', "X-Accepts-Also": '"one"'})
    assert fetch(server, tmp_path).read_bytes() == changed
    assert len(server.asked("/file.txt")) == 3


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_version_all_is_fetched_anew(
    server: Server, tmp_path: Path, etag: str | None
) -> None:
    server.publish("/file.txt", CONTENT, **({"ETag": etag} if etag else {"X-None": ""}))
    server.faults["/file.txt"] = ["cut"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert all("Range" not in headers for headers in server.asked("/file.txt"))


def test_a_server_without_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    server.files["/file.txt"].ranges = False
    server.faults["/file.txt"] = ["cut"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_more_than_the_server_has_is_thrown_away(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file.txt.part").write_bytes(CONTENT + b"more")
    (tmp_path / "sub" / "file.txt.part.from").write_text('"one"')
    assert fetch(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "message"), [(404, "is not there"), (410, "is not there")])
def test_absence_is_final(server: Server, tmp_path: Path, status: int, message: str) -> None:
    server.faults["/file.txt"] = [status]
    with pytest.raises(DownloadError, match=message):
        fetch(server, tmp_path)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 400, 304])
def test_refusals_are_final(server: Server, tmp_path: Path, status: int) -> None:
    server.faults["/file.txt"] = [status]
    with pytest.raises(DownloadError, match=str(status)):
        fetch(server, tmp_path)
    assert len(server.requests) == 1
    assert names(tmp_path) == []


def test_an_end_of_patience_says_what_happened(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    server.faults["/file.txt"] = [503, "stall", 503]
    with pytest.raises(DownloadError, match=r"in 3 attempts \(the server answered 503\)"):
        fetch(server, tmp_path)


def test_nobody_there(tmp_path: Path) -> None:
    with serving() as server:
        pass
    with pytest.raises(DownloadError, match="check the connection"):
        fetch(server, tmp_path)


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", b"")
    server.publish("/file.txt/moved", CONTENT)
    server.faults["/file.txt"] = ["redirect"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_redirect_out_of_encryption_is_refused(tmp_path: Path) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.scheme == "https"
        return httpx2.Response(302, headers={"Location": "http://there/file"})

    with (
        Client(QUICK, transport=httpx2.MockTransport(answer)) as client,
        pytest.raises(DownloadError, match="not encrypted"),
    ):
        client.download("https://here/file", tmp_path / "file")


def test_nothing_is_no_file(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", b"")
    with pytest.raises(DownloadError, match="sent nothing in place of the file"):
        fetch(server, tmp_path)
    assert "file.txt" not in names(tmp_path)


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>Log in", b"\n <html>", b"<?xml version"])
def test_a_web_page_is_no_file(server: Server, tmp_path: Path, page: bytes) -> None:
    server.publish("/file.txt", page)
    with pytest.raises(DownloadError, match="web page"):
        fetch(server, tmp_path)
    assert "file.txt" not in names(tmp_path)
    server.publish("/file.txt", CONTENT, ETag='"two"')
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_compressed_answers_are_refused(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    with pytest.raises(DownloadError, match="compressed"):
        fetch(server, tmp_path)


def test_the_proxy_of_the_environment_is_used(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish("http://elsewhere.invalid/file.txt", CONTENT)
    monkeypatch.setenv("HTTP_PROXY", server.url)
    with Client(QUICK) as client:
        client.download("http://elsewhere.invalid/file.txt", tmp_path / "file.txt")
    assert (tmp_path / "file.txt").read_bytes() == CONTENT


@pytest.mark.parametrize("variable", ["BRIDGEX_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    server.publish("/file.txt", CONTENT)
    monkeypatch.setenv(variable, "1")
    with pytest.raises(DownloadError, match=f"{variable} is set"):
        fetch(server, tmp_path)
    assert server.requests == []


def test_a_folder_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    server.publish("/file.txt", CONTENT)
    (tmp_path / "sub").write_text("a file in the way")
    with pytest.raises(StoreError, match="--to DIR"):
        fetch(server, tmp_path)
