"""The rooms of the house: the pure ones stay pure, and nothing imports what stands above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bridgex

HOUSE = Path(bridgex.__file__).parent
PURE = ("neurons", "dependence", "bridges")
PURE_MAY_IMPORT = {*PURE, "errors", "progress"}
OUTSIDE = {
    "transformers",
    "huggingface_hub",
    "tokenizers",
    "safetensors",
    "filelock",
    "platformdirs",
}
FILES = {"pathlib", "os", "shutil", "tempfile", "io", "glob", "subprocess", "socket"}
ABOVE = {
    *("study", "spectra", "recommendation", "evaluation", "prompting"),
    *("choosers", "validation", "report", "cli"),
}
"""They put things together; only each other and the package's face import them."""


def modules(room: str) -> list[Path]:
    folder = HOUSE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [HOUSE / f"{room}.py"]


def rooms() -> list[str]:
    return sorted(
        each.stem
        for each in HOUSE.iterdir()
        if each.stem != "__init__" and (each.suffix == ".py" or (each / "__init__.py").is_file())
    )


def imported(path: Path) -> Iterator[str]:
    """Dotted names a file imports, wherever in it, each name of a package on its own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def rooms_imported(path: Path) -> set[str]:
    dotted = (name.split(".") for name in imported(path))
    return {parts[1] for parts in dotted if parts[0] == "bridgex" and len(parts) > 1}


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_know_neither_files_nor_transformers(room: str) -> None:
    assert modules(room)
    for path in modules(room):
        packages = {name.partition(".")[0] for name in imported(path)}
        assert not packages & (OUTSIDE | FILES), path
        assert rooms_imported(path) <= PURE_MAY_IMPORT, path
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Name) and node.id == "open"
        ]
        assert not calls, path


def test_nothing_imports_what_stands_above_it() -> None:
    assert set(rooms()) > ABOVE
    for room in set(rooms()) - ABOVE:
        for path in modules(room):
            assert not rooms_imported(path) & ABOVE, path


@pytest.mark.parametrize("room", sorted(ABOVE - {"cli"}))
def test_only_the_command_line_imports_the_command_line(room: str) -> None:
    for path in modules(room):
        assert "cli" not in rooms_imported(path), path
