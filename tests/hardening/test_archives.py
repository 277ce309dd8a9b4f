"""Damaged and hostile archives: refused in one sentence, or what is unpacked is right."""

import gzip
import random
import warnings
from functools import partial
from pathlib import Path

import pytest

from bridgex.data.archives import members, unpack
from tests.data.test_archives import CLIMBING, FILES, tar_of, zip_of
from tests.hardening.cases import REFUSED, attempt
from tests.hardening.tally import Tally

FAMILY = "archives"
MEMBER = "top/sub/fr.txt"


def harmed(raw: bytes, draw: random.Random) -> bytes:
    """Cut, overwrite, insert or leave out bytes, once or several times."""
    content = bytearray(raw)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(content))
        match draw.randrange(4):
            case 0:
                content[at : at + draw.randint(1, 8)] = draw.randbytes(draw.randint(0, 8))
            case 1:
                content[at] ^= 1 << draw.randrange(8)
            case 2:
                content[at : at + 64] = bytes(len(content[at : at + 64]))
            case 3:
                del content[max(at, 1) :]
    return bytes(content)


@pytest.mark.parametrize("form", ["zip", "tar.gz", "tar"])
def test_damage(form: str, tmp_path: Path, tally: Tally) -> None:
    make = zip_of if form == "zip" else tar_of
    whole = make(tmp_path / "whole", FILES).read_bytes()
    whole = gzip.decompress(whole) if form == "tar" else whole
    archive, target = tmp_path / f"archive.{form}", tmp_path / "out" / "fr.txt"
    for seed in range(200):
        archive.write_bytes(harmed(whole, random.Random(seed)))  # noqa: S311
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            attempt(tally, FAMILY, (form, seed), lambda: members(archive))
            done = attempt(tally, FAMILY, (form, seed), lambda: unpack(archive, {MEMBER: target}))
        if done is REFUSED and target.exists():
            tally.fail("stray exceptions", FAMILY, f"{form} {seed}: unpacked and refused")
        # a plain tar has no checksum of what its members hold
        if target.exists() and form != "tar" and target.read_bytes() != FILES[MEMBER]:
            tally.fail("wrong numbers", FAMILY, f"{form} {seed}")
        target.unlink(missing_ok=True)
        if left := [path for path in tmp_path.rglob("*") if path.name.startswith(".partial-")]:
            tally.fail("stray exceptions", FAMILY, f"{form} {seed}: left over {left}")
    tally.require(FAMILY, 200)


def test_names_that_lead_elsewhere(tmp_path: Path, tally: Tally) -> None:
    odd = ["a\0b", "a\x1b[2J", "n" * 300, "..", "/", "a/../../b", "\udce9", "x/" * 3000, ""]
    for make in (zip_of, tar_of):
        for name in (*CLIMBING, *odd):
            try:
                archive = make(tmp_path / "archive", {**FILES, name: b"x"})
            except (ValueError, UnicodeError):
                continue  # this form cannot say it
            targets = {MEMBER: tmp_path / "out" / "fr.txt"}
            attempt(tally, FAMILY, name, partial(unpack, archive, targets))
            outside = set(tmp_path.iterdir()) - {archive, tmp_path / "out"}
            if outside:
                tally.fail("stray exceptions", FAMILY, f"{name}: {outside}")
    tally.require(FAMILY, 10)
