"""The house: nothing imports what stands above it, and CONTRIBUTING's map is the list here."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import bridgex
from bridgex.result import VIEWS

HOUSE = Path(bridgex.__file__).parent
FLOORS = (
    ("version", "errors", "progress", "generation", "conversation"),
    ("languages", "result", "fields", "registry", "storage"),
    ("neurons", "dependence", "texts"),
    ("bridges", "data", "tasks", "lm"),
    ("inputs", "probe"),
    ("session",),
    ("analysis", "evaluation"),
    ("choosers",),
    ("experiments",),
    ("interop",),
    ("api", "environment", "report"),
    ("cli",),
)
"""Rooms from the ground up: each imports only what is on the floors below its own."""
MAY_IMPORT = {
    "neurons": {"errors", "result"},
    "dependence": {"errors"},
    "bridges": {"errors", "result", "neurons", "dependence"},
    "tasks": {"errors", "languages", "generation", "conversation", "registry", "texts"},
}
"""All that pure rooms know of the others: no store, no model."""
OUTSIDE = {
    "transformers",
    "huggingface_hub",
    "tokenizers",
    "safetensors",
    "filelock",
    "platformdirs",
}
FILES = {"pathlib", "os", "shutil", "tempfile", "io", "glob", "subprocess", "socket"}


def rooms() -> set[str]:
    return {
        path.stem
        for path in HOUSE.iterdir()
        if not path.stem.startswith("__")
        and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }


@cache
def modules() -> dict[str, Path]:
    """Dotted name of every module → its file."""

    def name(path: Path) -> str:
        parts = path.relative_to(HOUSE.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    return {name(path): path for path in HOUSE.rglob("*.py")}


def modules_of(room: str) -> dict[str, Path]:
    return {name: path for name, path in modules().items() if room_of(name) == room}


def room_of(module: str) -> str:
    """The room of a dotted name; empty for the package itself."""
    return [*module.split("."), ""][1]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Dotted names a file imports, wherever in it, each name of a package on its own."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports_within() -> dict[str, set[str]]:
    """Module → the modules of the house that it imports."""

    def module(dotted: str) -> str:
        while dotted and dotted not in modules():
            dotted = dotted.rpartition(".")[0]
        return dotted

    return {
        name: {module(dotted) for dotted in imported(path) if dotted.split(".")[0] == "bridgex"}
        - {name}
        for name, path in modules().items()
    }


def rooms_imported(room: str) -> set[str]:
    return {room_of(module) for name in modules_of(room) for module in imports_within()[name]} - {
        room
    }


def test_every_room_stands_on_one_floor() -> None:
    placed = [room for floor in FLOORS for room in floor]
    assert sorted(placed) == sorted(rooms())


@pytest.mark.parametrize("room", [room for floor in FLOORS for room in floor])
def test_nothing_imports_what_stands_beside_or_above_it(room: str) -> None:
    (height,) = (height for height, floor in enumerate(FLOORS) if room in floor)
    below = {lower for floor in FLOORS[:height] for lower in floor}
    assert modules_of(room)
    upwards = {
        f"{name} imports {module}"
        for name in modules_of(room)
        for module in imports_within()[name]
        if room_of(module) not in below | {room}
    }
    assert not upwards


def names_in_texts(path: Path) -> set[str]:
    """Modules of the house that a file names in a text, as what imports by name would."""
    texts = {
        node.value
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {name for name in texts & set(modules()) if room_of(name)}


def test_one_name_alone_leads_upwards() -> None:
    height = {room: at for at, floor in enumerate(FLOORS) for room in floor}
    upwards = {
        (name, module)
        for name, path in modules().items()
        for module in names_in_texts(path)
        if room_of(name) and height[room_of(module)] > height[room_of(name)]
    }
    assert upwards == {("bridgex.result", VIEWS)}


def test_no_files_import_each_other_in_a_circle() -> None:
    open_modules = dict(imports_within())
    while free := [name for name, needs in open_modules.items() if not needs & set(open_modules)]:
        for name in free:
            del open_modules[name]
    assert not {name: needs & set(open_modules) for name, needs in open_modules.items()}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_pure_rooms_know_neither_models_nor_stores(room: str) -> None:
    assert rooms_imported(room) <= MAY_IMPORT[room]
    for path in modules_of(room).values():
        assert not {name.partition(".")[0] for name in imported(path)} & OUTSIDE, path


@pytest.mark.parametrize("room", ["neurons", "dependence", "bridges"])
def test_rooms_of_tensors_know_no_files(room: str) -> None:
    for path in modules_of(room).values():
        assert not {name.partition(".")[0] for name in imported(path)} & FILES, path
        names = {node.id for node in ast.walk(parsed(path)) if isinstance(node, ast.Name)}
        assert "open" not in names, path


@pytest.mark.parametrize("room", ["tasks", "cli", "texts", "data"])
def test_a_room_loads_no_heavy_library(room: str) -> None:
    code = (
        "import sys, importlib\n"
        f"for name in {sorted(modules_of(room))}: importlib.import_module(name)\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_the_map_for_contributors_is_this_one() -> None:
    page = (HOUSE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = page.partition("from the ground up:\n\n```\n")[2].partition("```")[0]
    floors = [line.partition("  ")[0].split() for line in block.splitlines() if line[:1].strip()]
    assert [[name.removesuffix(".py").rstrip("/") for name in floor] for floor in floors] == [
        list(floor) for floor in FLOORS
    ]
    for floor in floors:
        for name in floor:
            assert (HOUSE / name).is_dir() if name.endswith("/") else (HOUSE / name).is_file()
