"""Servers that lie, loiter, lead astray or never end: no wrong file, no hang, one sentence."""

import gzip
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx2
import pytest

from bridgex.data.client import Client, RetryPolicy
from bridgex.data.limits import Limits
from bridgex.errors import DownloadError, StoreError
from tests.data.server import Fault, Server, serving
from tests.data.test_archives import tar_of, zip_of

QUICK = RetryPolicy(attempts=3, stall=0.3, wait=0.01)
CONTENT = bytes(range(256)) * 1000
PATH = "/file.txt"


def fetch(server: Server, folder: Path, retries: RetryPolicy = QUICK) -> bytes:
    with Client(retries) as client:
        client.download(f"{server.url}{PATH}", folder / "file.txt")
    assert names(folder) == ["file.txt"]
    return (folder / "file.txt").read_bytes()


def refused(server: Server, folder: Path, message: str, retries: RetryPolicy = QUICK) -> None:
    """The download must fail in one sentence, soon, and leave no file of that name."""
    began = time.monotonic()
    with pytest.raises(DownloadError, match=message) as raised:
        fetch(server, folder, retries)
    assert time.monotonic() - began < 5
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600
    assert not (folder / "file.txt").exists()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


# Whether a body is whole.


def test_text_without_a_length_is_not_taken_for_whole(server: Server, tmp_path: Path) -> None:
    """Nothing tells a cut from an end, and nothing identifies the version to ask on."""
    server.publish(PATH, CONTENT, **{"X-None": ""})
    server.faults[PATH] = ["unframed cut"]
    refused(server, tmp_path, "without its length.*--from DIR")
    assert names(tmp_path) == []


@pytest.mark.parametrize("fault", ["unframed", "unframed cut"])
def test_the_server_is_asked_what_follows_a_body_without_a_length(
    server: Server, tmp_path: Path, fault: Fault
) -> None:
    server.publish(PATH, CONTENT)
    server.faults[PATH] = [fault]
    assert fetch(server, tmp_path) == CONTENT
    arrived = len(CONTENT) // (1 if fault == "unframed" else 2)
    assert [each.get("Range") for each in server.asked(PATH)] == [None, f"bytes={arrived}-"]


def test_a_refused_range_of_a_longer_file_is_no_proof(server: Server, tmp_path: Path) -> None:
    server.publish(PATH, CONTENT)
    server.faults[PATH] = ["unframed cut", (416, {"Content-Range": f"bytes */{len(CONTENT)}"})]
    assert fetch(server, tmp_path) == CONTENT
    assert [each.get("Range") for each in server.asked(PATH)] == [None, "bytes=128000-", None]


@pytest.mark.parametrize("make", ["zip", "tar.gz", "gz", "parquet"])
@pytest.mark.parametrize("cut", [False, True])
def test_a_format_that_shows_its_end_needs_no_length(
    server: Server, tmp_path: Path, make: str, cut: bool
) -> None:
    noise = bytes((each * each * 31 + each // 7) % 251 for each in range(50_000))
    makers: dict[str, Callable[[], bytes]] = {
        "zip": lambda: zip_of(tmp_path / "a", {"en.txt": noise}).read_bytes(),
        "tar.gz": lambda: tar_of(tmp_path / "a", {"en.txt": noise}).read_bytes(),
        "gz": lambda: gzip.compress(noise),
        "parquet": lambda: b"PAR1" + noise + b"PAR1",
    }
    content = makers[make]()
    server.publish(PATH, content, **{"X-None": ""})
    server.faults[PATH] = ["unframed cut" if cut else "unframed"]
    into = tmp_path / "into"
    if cut:
        refused(server, into, "without its length")
    else:
        assert fetch(server, into) == content
    assert len(server.asked(PATH)) == 1


@pytest.mark.parametrize("fault", ["chunked", "chunked cut"])
def test_a_chunked_body_states_its_own_end(server: Server, tmp_path: Path, fault: Fault) -> None:
    server.publish(PATH, CONTENT, **{"X-None": ""})
    server.faults[PATH] = [fault]
    assert fetch(server, tmp_path) == CONTENT
    assert len(server.asked(PATH)) == (1 if fault == "chunked" else 2)


def test_a_part_of_a_file_of_unstated_length_is_not_the_whole(
    server: Server, tmp_path: Path
) -> None:
    """``bytes a-b/*``: whether b is the last byte is not said."""
    server.publish(PATH, CONTENT)
    server.faults[PATH] = ["cut", "star"]
    assert fetch(server, tmp_path) == CONTENT
    starts = [each.get("Range") for each in server.asked(PATH)]
    assert starts == [None, "bytes=128000-", "bytes=192000-"]


@pytest.mark.parametrize(
    "content_range",
    [f"bytes 128000-255999/{'9' * 5000}", f"bytes {'1' * 5000}-2/3", "bytes -1-2/3", "٣", ""],
)
def test_a_content_range_that_is_none(server: Server, tmp_path: Path, content_range: str) -> None:
    server.publish(PATH, CONTENT)
    header = content_range.encode().decode("latin-1")
    server.faults[PATH] = ["cut", (206, {"Content-Range": header})]
    assert fetch(server, tmp_path) == CONTENT


# What an earlier attempt left never sticks.


@pytest.mark.parametrize("etag", ['"caf\xe9"', '"a b"', "one", '"\x80"'])
def test_an_etag_that_cannot_be_sent_back(server: Server, tmp_path: Path, etag: str) -> None:
    server.publish(PATH, CONTENT, ETag=etag)
    server.faults[PATH] = ["cut"]
    assert fetch(server, tmp_path) == CONTENT
    assert all("Range" not in headers for headers in server.asked(PATH))


def test_a_date_of_this_second_identifies_no_version(server: Server, tmp_path: Path) -> None:
    now = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.publish(PATH, CONTENT, **{"Last-Modified": now})
    server.faults[PATH] = ["cut"]
    assert fetch(server, tmp_path) == CONTENT
    assert all("Range" not in headers for headers in server.asked(PATH))


@pytest.mark.parametrize(
    "kept",
    [b"caf\xc3\xa9", b'"one"\r\nX-More: 1', b"\x00", b"\xff\xfe", b'"o\nne"', b"one", b"x" * 10**6],
)
def test_a_bad_note_of_the_version(server: Server, tmp_path: Path, kept: bytes) -> None:
    server.publish(PATH, CONTENT)
    (tmp_path / "file.txt.part").write_bytes(CONTENT[:99])
    (tmp_path / "file.txt.part.from").write_bytes(kept)
    assert fetch(server, tmp_path) == CONTENT
    assert "Range" not in server.asked(PATH)[0]


@pytest.mark.parametrize("name", ["file.txt.part", "file.txt.part.from"])
@pytest.mark.parametrize("what", ["folder", "link", "broken link"])
def test_what_is_no_file_in_the_place_of_a_part(
    server: Server, tmp_path: Path, name: str, what: str
) -> None:
    elsewhere, into = tmp_path / "elsewhere", tmp_path / "into"
    elsewhere.write_bytes(b"somebody's")
    into.mkdir()
    (into / "file.txt.part").write_bytes(CONTENT[:99])
    (into / name).unlink(missing_ok=True)
    if what == "folder":
        (into / name / "sub").mkdir(parents=True)
    else:
        (into / name).symlink_to(elsewhere if what == "link" else tmp_path / "nowhere")
    server.publish(PATH, CONTENT)
    assert fetch(server, into) == CONTENT
    assert elsewhere.read_bytes() == b"somebody's"
    assert names(tmp_path) == ["elsewhere", "file.txt", "into"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: the disk is full there."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def test_a_full_disk_is_given_its_room_back(server: Server, tmp_path: Path) -> None:
    server.publish(PATH, CONTENT)
    with room_for(100_000), pytest.raises(StoreError, match=r"make room.*--to DIR"):
        fetch(server, tmp_path)
    assert names(tmp_path) == []
    assert fetch(server, tmp_path) == CONTENT


def test_a_part_of_an_old_version_does_not_take_the_room_of_the_new(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk has room for one of them."""
    part = tmp_path / "file.txt.part"

    def require_space(_folder: Path, needed: int) -> None:
        if needed + (part.stat().st_size if part.exists() else 0) > len(CONTENT):
            raise StoreError("full")

    monkeypatch.setattr("bridgex.data.partial.require_space", require_space)
    part.write_bytes(CONTENT)
    (tmp_path / "file.txt.part.from").write_text('"old"')
    server.publish(PATH, CONTENT)
    assert fetch(server, tmp_path) == CONTENT


# Redirects.

NOWHERE = [
    "http://..",
    "http://../x",
    "//..",
    "http://a..b/",
    "http://[::1",
    "http:///",
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "data:,x",
    "http://" + "a" * 70 + ".invalid/",
    "http://127.0.0.1:99999/",
]


@pytest.mark.parametrize("location", NOWHERE)
def test_redirects_that_lead_nowhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    server.faults[PATH] = [(302, {"Location": location})] * 3
    refused(server, tmp_path, "leads nowhere|could not be fetched|is not there")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_in_circles(server: Server, tmp_path: Path, status: int) -> None:
    server.faults[PATH] = [(status, {"Location": PATH})] * 99
    refused(server, tmp_path, "more than 10 redirects")


def test_the_body_of_a_redirect_is_not_read(server: Server, tmp_path: Path) -> None:
    server.publish(PATH, b"", Location="/there")
    server.files[PATH].status = 302
    server.faults[PATH] = ["endless"]
    server.publish("/there", CONTENT)
    began = time.monotonic()
    assert fetch(server, tmp_path) == CONTENT
    assert time.monotonic() - began < 2


def test_a_token_stays_with_its_server(server: Server, tmp_path: Path) -> None:
    with serving() as other:
        server.faults[PATH] = [(302, {"Location": "/moved"})]
        server.faults["/moved"] = [(302, {"Location": f"{other.url}/there"})]
        other.faults["/there"] = [(302, {"Location": f"{server.url}/back"})]
        server.publish("/back", CONTENT)
        with Client(QUICK) as client:
            client.download(
                f"{server.url}{PATH}", tmp_path / "file.txt", {"Authorization": "Bearer secret"}
            )
        assert server.asked(PATH)[0]["Authorization"] == "Bearer secret"
        assert server.asked("/moved")[0]["Authorization"] == "Bearer secret"
        assert "Authorization" not in other.asked("/there")[0]
        assert "Authorization" not in server.asked("/back")[0]


def test_a_redirect_out_of_encryption_at_any_step_is_refused(tmp_path: Path) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.scheme == "https"
        there = {"/a": "https://there/b", "/b": "//third/c", "/c": "http://third/d"}
        return httpx2.Response(302, headers={"Location": there[request.url.path]})

    with (
        Client(QUICK, transport=httpx2.MockTransport(answer)) as client,
        pytest.raises(DownloadError, match="not encrypted"),
    ):
        client.download("https://here/a", tmp_path / "file")


# Time and size.


@pytest.mark.parametrize("fault", ["drip", "drip head"])
def test_a_server_that_drips_is_given_up(server: Server, tmp_path: Path, fault: Fault) -> None:
    server.publish(PATH, CONTENT)
    server.faults[PATH] = [fault] * 9
    refused(server, tmp_path, "bytes per second|longer than", RetryPolicy(2, 0.3, 0.01, total=1.5))


def test_a_drip_on_a_connection_that_served_before(server: Server, tmp_path: Path) -> None:
    server.publish(PATH, CONTENT)
    server.publish("/slow.txt", CONTENT)
    server.faults["/slow.txt"] = ["drip head"] * 9
    with Client(RetryPolicy(2, 0.3, 0.01, total=1)) as client:
        client.download(f"{server.url}{PATH}", tmp_path / "file.txt")
        began = time.monotonic()
        with pytest.raises(DownloadError, match="longer than 1 second"):
            client.download(f"{server.url}/slow.txt", tmp_path / "slow.txt")
        assert time.monotonic() - began < 3


def test_a_drip_that_ends_in_time_is_fetched(server: Server, tmp_path: Path) -> None:
    server.publish(PATH, CONTENT)
    server.faults[PATH] = ["drip", "drip"]
    assert fetch(server, tmp_path) == CONTENT
    assert len(server.asked(PATH)) == 3


def test_all_attempts_together_have_an_end(server: Server, tmp_path: Path) -> None:
    server.publish(PATH, CONTENT)
    server.faults[PATH] = ["stall"] * 99
    refused(
        server, tmp_path, "longer than 1 seconds", RetryPolicy(99, stall=0.3, wait=0.01, total=1)
    )


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(server: Server, tmp_path: Path, form: str) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.publish(PATH, CONTENT)
    server.faults[PATH] = [(429, {"Retry-After": "1" if form == "seconds" else moment})]
    began = time.monotonic()
    assert fetch(server, tmp_path) == CONTENT
    assert 0.9 < time.monotonic() - began < 3


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize("asked", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_beyond_the_bound(
    server: Server, tmp_path: Path, status: int, asked: str
) -> None:
    server.faults[PATH] = [(status, {"Retry-After": asked})]
    refused(server, tmp_path, "asks to wait .* seconds")
    assert len(server.requests) == 1


@pytest.mark.parametrize("asked", ["-5", "soon", "1.5", "٣", "Wed, 21 Oct 2015 07:28:00 GMT", "0"])
def test_retry_after_that_asks_for_nothing(server: Server, tmp_path: Path, asked: str) -> None:
    server.publish(PATH, CONTENT)
    header = asked.encode().decode("latin-1")
    server.faults[PATH] = [(503, {"Retry-After": header})]
    began = time.monotonic()
    assert fetch(server, tmp_path) == CONTENT
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("fault", [None, "endless", "unframed"])
def test_a_file_of_more_bytes_than_allowed(
    server: Server, tmp_path: Path, fault: Fault | None
) -> None:
    server.publish(PATH, CONTENT)
    server.faults[PATH] = [fault] if fault else []
    with (
        Client(QUICK, Limits(max_bytes=len(CONTENT) - 1)) as client,
        pytest.raises(DownloadError, match=r"larger than .* raise the limit with --max-size"),
    ):
        client.download(f"{server.url}{PATH}", tmp_path / "file.txt")
    assert names(tmp_path) == []
    with Client(QUICK, Limits(max_bytes=len(CONTENT))) as client:
        client.download(f"{server.url}{PATH}", tmp_path / "file.txt")


def test_a_listing_without_end(server: Server) -> None:
    server.publish(PATH, b"")
    server.faults[PATH] = ["endless"]
    with Client(QUICK) as client, pytest.raises(DownloadError, match="no listing has"):
        client.get(f"{server.url}{PATH}", {})
