"""Archives made to do harm: refused whole, soon, in little memory, in one sentence."""

import gzip
import io
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgex.data.archives import members, unpack
from bridgex.data.limits import Limits
from bridgex.errors import DownloadError
from tests.data.test_archives import FILES, Make, tar_of, zip_of

MIB = 2**20
MAKES: list[Make] = [zip_of, tar_of]


def refused(archive: Path, message: str, limits: Limits | None = None) -> None:
    """Both doors must refuse it, soon, and leave nothing."""
    out = archive.parent / "out"
    target = {"top/en.txt": out / "en.txt"}
    for ask in (
        lambda: members(archive, *([limits] if limits else [])),
        lambda: unpack(archive, target, *([limits] if limits else [])),
    ):
        began = time.monotonic()
        with pytest.raises(DownloadError, match=message) as raised:
            ask()
        assert time.monotonic() - began < 10
        assert "\n" not in str(raised.value)
        assert len(str(raised.value)) < 700
    assert not out.exists()


def zeros(size: int) -> bytes:
    """Gzip of so many zero bytes, made without them."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(size // MIB):
            file.write(bytes(MIB))
    return packed.getvalue()


def with_checksum(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A tar.gz of some 300 kB whose one member has 300 MiB."""
    header = tarfile.TarInfo("top/en.txt")
    header.size = 300 * MIB
    return gzip.compress(header.tobuf()) + zeros(300 * MIB) + gzip.compress(bytes(1024))


def test_a_little_tar_of_much(tmp_path: Path, bomb: bytes) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(bomb)
    assert len(bomb) < MIB
    refused(archive, "more than 100 times its size.*--from DIR")


def test_a_little_zip_of_much(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with (
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("top/en.txt", "w") as file,
    ):
        for _ in range(300):
            file.write(bytes(MIB))
    assert archive.stat().st_size < MIB
    refused(archive, "more than 100 times its size.*--from DIR")


@pytest.mark.parametrize("make", MAKES)
def test_more_bytes_than_allowed_and_the_option_that_allows_them(
    tmp_path: Path, make: Make
) -> None:
    archive = make(tmp_path / "archive", {"top/en.txt": b"one\n" * 1000, "fr.txt": b"un\n" * 1000})
    refused(archive, "raise the limit with --max-size", Limits(max_bytes=6000))
    assert len(members(archive, Limits(max_bytes=20_000))) == 2


@pytest.mark.parametrize("make", ["zip", "tar"])
def test_text_that_packs_well_is_unpacked(tmp_path: Path, make: str) -> None:
    """A small archive may unpack to 64 MiB, whatever its ratio."""
    text = b"one two three\n" * 1_000_000
    archive = tmp_path / "archive"
    if make == "tar":
        tar_of(archive, {"top/en.txt": text})
    else:
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("top/en.txt", text, zipfile.ZIP_DEFLATED)
    assert len(text) > 200 * archive.stat().st_size
    unpack(archive, {"top/en.txt": tmp_path / "en.txt"})
    assert (tmp_path / "en.txt").read_bytes() == text


def test_too_many_members_of_a_tar(tmp_path: Path) -> None:
    archive = tar_with(tmp_path / "a.tar.gz", tarfile.TarInfo("top/en.txt").tobuf() * 100_000)
    refused(archive, "more than 10,000 members.*--from DIR")


@pytest.mark.parametrize("count", [20_000, 100_000])
def test_too_many_members_of_a_zip(tmp_path: Path, count: int) -> None:
    """The directory of the larger is not even read."""
    archive = zip_of(tmp_path / "a.zip", {f"top/{each}.txt": b"" for each in range(count)})
    refused(archive, "more than 10,000 members" if count == 20_000 else "header of more than 4 MiB")


def test_members_are_counted_exactly(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "archive", {str(each): b"" for each in range(10)})
    assert len(members(archive, Limits(max_members=10))) == 10
    refused(archive, "more than 9 members", Limits(max_members=9))


@pytest.mark.parametrize("form", ["gnu", "pax 0.1", "pax 1.0"])
def test_a_member_with_holes(tmp_path: Path, form: str) -> None:
    """A few bytes that stand for 3 GB."""
    entry = tarfile.TarInfo("top/en.txt")
    if form == "gnu":
        entry.type = tarfile.GNUTYPE_SPARSE
        raw = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
        raw[386:398] = raw[398:410] = b"00000000000\0"
        raw[483:495] = b"%011o\0" % (3 * 10**9)
        header = with_checksum(raw)
    else:
        entry.pax_headers = {"GNU.sparse.size": str(3 * 10**9), "GNU.sparse.realsize": "3000000000"}
        entry.pax_headers |= (
            {"GNU.sparse.map": "0,0"}
            if form == "pax 0.1"
            else {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        )
        header = entry.tobuf(tarfile.PAX_FORMAT)
    body = b"0\n".ljust(512, b"\0") if form == "pax 1.0" else b""
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(header + body + bytes(1024)))
    refused(archive, "neither a plain file nor a folder|damaged")


def tar_with(path: Path, *headers: bytes) -> Path:
    path.write_bytes(gzip.compress(b"".join(headers) + bytes(1024)))
    return path


def header_of(kind: bytes, size: int) -> bytes:
    """A tar header of any size, negative and beyond what octal digits can say included."""
    entry = tarfile.TarInfo("top/en.txt")
    entry.type = kind
    raw = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    raw[124:136] = (b"\xff" if size < 0 else b"\x80") + (size % 256**11).to_bytes(11, "big")
    return with_checksum(raw)


KINDS = [
    tarfile.REGTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.DIRTYPE,
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [-512, -1, -(2**70), 2**33, 2**70])
def test_sizes_that_no_member_has(tmp_path: Path, kind: bytes, size: int) -> None:
    """A negative size sends Python 3.11's tarfile round for ever; a large name fills the memory."""
    archive = tar_with(tmp_path / "a.tar.gz", header_of(kind, size))
    if kind == tarfile.DIRTYPE and size > 0:
        assert members(archive) == ()  # a folder has no bytes, whatever it states
    else:
        refused(archive, "damaged|unpacks to more|4 MiB|cut short")


def test_a_long_name_that_is_really_there(tmp_path: Path) -> None:
    """50 MiB of name: read no further than a name can be."""
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(
        gzip.compress(header_of(tarfile.GNUTYPE_LONGNAME, 50 * MIB)) + zeros(50 * MIB)
    )
    tracemalloc.start()
    refused(archive, "header of more than 4 MiB")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * MIB


def test_a_chain_of_headers(tmp_path: Path) -> None:
    """Each stands for the next: tarfile reads them by recursion."""
    link = header_of(tarfile.GNUTYPE_LONGNAME, 2) + b"a\0".ljust(512, b"\0")
    refused(tar_with(tmp_path / "a.tar.gz", *[link] * 5000), "cannot be unpacked|damaged")


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\nb", "a\x9bb", "top/" + "n" * 300])
@pytest.mark.parametrize("make", MAKES)
def test_names_that_no_file_should_have(tmp_path: Path, make: Make, name: str) -> None:
    archive = make(tmp_path / "archive", {**FILES, name: b"x"})
    refused(archive, "control characters|more than 255 bytes")


def test_a_name_with_nul_in_zip(tmp_path: Path) -> None:
    """Python's zipfile ends the name there; others may not."""
    archive = zip_of(tmp_path / "archive", {**FILES, "a~b": b"x"})
    archive.write_bytes(archive.read_bytes().replace(b"a~b", b"a\0b"))
    refused(archive, "control characters")


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("caf\udce9.txt")
    raw = entry.tobuf(tarfile.GNU_FORMAT, errors="surrogateescape")
    refused(tar_with(tmp_path / "a.tar.gz", raw), "not UTF-8")


@pytest.mark.parametrize(
    "name", ["..", "a/..", "./../b", "a\\..\\..\\b", "//host/share", "/", "c:x"]
)
@pytest.mark.parametrize("make", MAKES)
def test_more_names_that_climb_out(tmp_path: Path, make: Make, name: str) -> None:
    refused(make(tmp_path / "archive", {**FILES, name: b"x"}), "outside the folder")


@pytest.mark.parametrize("mode", [0o010644, 0o020644, 0o060644, 0o120777, 0o140644])
def test_devices_links_and_sockets_in_zip(tmp_path: Path, mode: int) -> None:
    archive = zip_of(tmp_path / "archive.zip", {"top/en.txt": b"x"}, mode=mode)
    refused(archive, "neither a plain file nor a folder")


def test_a_zip_whose_member_is_longer_than_it_says(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "archive.zip", {"top/en.txt": b"one two three " * 1000})
    raw = archive.read_bytes()
    true, false = struct.pack("<L", 14_000), struct.pack("<L", 14)
    archive.write_bytes(raw.replace(true, false))
    assert members(archive) == ("top/en.txt",)
    with pytest.raises(DownloadError, match="damaged"):
        unpack(archive, {"top/en.txt": tmp_path / "en.txt"})
    assert not (tmp_path / "en.txt").exists()


def test_a_tar_cut_between_members_is_cut_short(tmp_path: Path) -> None:
    plain = gzip.decompress(
        tar_of(tmp_path / "a", {"a.txt": b"x" * 512, "b.txt": b"y"}).read_bytes()
    )
    for name, content in (("a.tar", plain[:1024]), ("a.tar.gz", gzip.compress(plain[:1024]))):
        archive = tmp_path / name
        archive.write_bytes(content)
        refused(archive, "damaged or cut short")


@pytest.mark.parametrize("lost", [1, 4, 8])
def test_a_gzip_without_its_end(tmp_path: Path, lost: int) -> None:
    """Every member is there; the checksum that proves it is not."""
    archive = tar_of(tmp_path / "a.tar.gz", FILES)
    archive.write_bytes(archive.read_bytes()[:-lost])
    refused(archive, "damaged or cut short")


def test_a_gzip_whose_checksum_is_another(tmp_path: Path) -> None:
    archive = tar_of(tmp_path / "a.tar.gz", FILES)
    raw = bytearray(archive.read_bytes())
    raw[-6] ^= 1
    archive.write_bytes(raw)
    refused(archive, "damaged or cut short")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[Callable[..., Path], bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return {make: make(folder / "archive", FILES).read_bytes() for make in (zip_of, tar_of)}


@pytest.mark.parametrize("make", [zip_of, tar_of, "tar"])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_is_refused_in_one_sentence_or_harmless(
    tmp_path: Path,
    whole: dict[Callable[..., Path], bytes],
    make: Callable[..., Path] | str,
    data: st.DataObject,
) -> None:
    raw = bytearray(gzip.decompress(whole[tar_of]) if isinstance(make, str) else whole[make])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    archive, target = tmp_path / "archive", tmp_path / "fr.txt"
    archive.write_bytes(raw)
    target.unlink(missing_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            unpack(archive, {"top/sub/fr.txt": target})
    except DownloadError as problem:
        assert "\n" not in str(problem)  # noqa: PT017
        assert not target.exists()
    else:
        if target.exists() and not isinstance(make, str):  # a plain tar has no checksum of contents
            assert target.read_bytes() == FILES["top/sub/fr.txt"]
