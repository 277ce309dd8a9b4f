"""Archives: one bad member, and nothing of it is unpacked."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bridgex.data.archives import members, unpack
from bridgex.errors import DownloadError

Make = Callable[[Path, dict[str, bytes]], Path]
FILES = {"top/en.txt": b"one\n", "top/sub/fr.txt": b"un\n" * 1000}


def zip_of(path: Path, names: dict[str, bytes], mode: int = 0o100644) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return path


def tar_of(path: Path, names: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in names.items():
            entry = tarfile.TarInfo(name)
            entry.type = kind
            if kind == tarfile.REGTYPE:
                entry.size = len(content)
            else:
                entry.linkname = "/etc/passwd"
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_chosen_members_are_unpacked(tmp_path: Path, make: Make) -> None:
    archive = make(tmp_path / "archive", FILES)
    assert members(archive) == tuple(FILES)
    unpack(archive, {"top/sub/fr.txt": tmp_path / "out" / "fr.txt"})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fr.txt"]
    assert (tmp_path / "out" / "fr.txt").read_bytes() == FILES["top/sub/fr.txt"]


CLIMBING = ["../out.txt", "a/../../out.txt", "/out.txt", "..\\out.txt", "C:\\out.txt", "\\\\h\\out"]


@pytest.mark.parametrize("name", CLIMBING)
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_a_member_that_climbs_out(tmp_path: Path, make: Make, name: str) -> None:
    archive = make(tmp_path / "archive", {**FILES, name: b"out"})
    for ask in (
        lambda: members(archive),
        lambda: unpack(archive, {"top/en.txt": tmp_path / "out" / "en.txt"}),
    ):
        with pytest.raises(DownloadError, match=r"outside the folder.*nothing of it was unpacked"):
            ask()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tar(tmp_path: Path, kind: bytes) -> None:
    archive = tar_of(tmp_path / "archive.tar.gz", {"top/en.txt": b""}, kind)
    with pytest.raises(DownloadError, match="neither a plain file nor a folder"):
        members(archive)


def test_links_in_zip(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "archive.zip", {"top/en.txt": b"/etc/passwd"}, mode=0o120777)
    with pytest.raises(DownloadError, match="neither a plain file nor a folder"):
        members(archive)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_cut_short(tmp_path: Path, make: Make, share: float) -> None:
    noise = bytes((each * each * 31 + each // 7) % 251 for each in range(50_000))
    archive = make(tmp_path / "archive", {"en.txt": noise, "fr.txt": noise[::-1]})
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DownloadError, match="damaged or cut short"):
        unpack(archive, {"fr.txt": tmp_path / "out" / "fr.txt"})
    assert not (tmp_path / "out" / "fr.txt").exists()


def test_damaged_inside(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "archive.zip", {"en.txt": b"one two three " * 99})
    raw = bytearray(archive.read_bytes())
    raw[45] ^= 0xFF
    archive.write_bytes(raw)
    with pytest.raises(DownloadError, match="damaged"):
        unpack(archive, {"en.txt": tmp_path / "out" / "en.txt"})
    assert not (tmp_path / "out" / "en.txt").exists()


def test_encrypted(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "archive.zip", {"en.txt": b"one"})
    raw = bytearray(archive.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    with pytest.raises(DownloadError, match="--from DIR"):
        unpack(archive, {"en.txt": tmp_path / "out" / "en.txt"})
