"""Wheel and sdist have every file that the program reads, and what a forge runs can be read."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.release import notes

ROOT = Path(__file__).parents[1]
BUILD = "import setuptools.build_meta as b, sys; getattr(b, 'build_' + sys.argv[1])(sys.argv[2])"


def sources() -> set[str]:
    """Files of the package, as they lie below its parent."""
    house = ROOT / "src"
    return {
        path.relative_to(house).as_posix()
        for path in (house / "bridgex").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.slow
def test_wheel_and_sdist_have_every_file_of_the_package(tmp_path: Path) -> None:
    copy, out = tmp_path / "copy", tmp_path / "out"
    shutil.copytree(
        ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for kind in ("wheel", "sdist"):
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", BUILD, kind, str(out)], cwd=copy, check=True, capture_output=True
        )
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as packed:
        assert {name for name in packed.namelist() if ".dist-info/" not in name} == sources()
        (script,) = (name for name in packed.namelist() if name.endswith("entry_points.txt"))
        assert "bridgex = bridgex.cli:main" in packed.read(script).decode()
    with tarfile.open(sdist) as packed_sources:
        names = {name.partition("/src/")[2] for name in packed_sources.getnames()}
    assert sources() <= names


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    page = (
        "# Changelog\n\n## Unreleased\n\n- c\n\n## 0.2.0 (2026-12-01)\n\n- b\n\n## 0.1.0\n\n- a\n"
    )
    assert notes("0.2.0", page) == "- b\n"
    assert notes("0.1.0", page) == "- a\n"
    for version in ("0.3.0", "0.2"):
        with pytest.raises(ValueError, match="has no section"):
            notes(version, page)
    with pytest.raises(ValueError, match="has no section"):
        notes("0.2.0", "## 0.2.0\n\n## 0.1.0\n\n- a\n")


def workflows() -> list[Path]:
    return sorted((ROOT / ".github").rglob("*.yml"))


@pytest.mark.parametrize("path", workflows(), ids=lambda path: path.stem)
def test_a_file_for_the_forge_can_be_read(path: Path) -> None:
    read: Any = yaml.safe_load(path.read_text("utf-8"))
    made = (ROOT / "Makefile").read_text("utf-8")
    for job in read.get("jobs", {}).values():
        for step in job["steps"]:
            words = step.get("run", "").split()
            if words[:1] == ["make"]:
                targets = [word for word in words[1:] if "=" not in word]
                assert all(f"\n{target}:" in made for target in targets)
