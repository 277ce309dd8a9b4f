"""Commands and code on the pages of the site: which are run, and what happens when they are.

A block is run unless a comment above it says why not: ``<!-- not run: needs a server -->``. Another
comment, ``<!-- given: my-model, … -->``, says that the blocks below may use a folder of that name.
The blocks of one page share a folder and their names, as those of a reader would.
"""

import contextlib
import io
import re
import shlex
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridgex.cli import app

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PARTS = ("tutorials", "guide", "method", "reference", ".")
"""Folders of `docs` whose blocks are run; records of decisions are history."""
REASON = re.compile(r"<!-- (not run|given): (.+) -->")
GIVEN = ("my-model",)


@dataclass(frozen=True)
class Block:
    """A block of commands or Python.

    Attributes:
        page: the file.
        line: of its first line.
        kind: ``commands`` or ``python``.
        text: what is run.
        unrun: why it is not run; empty where it is.
        given: names that the page says there are.
    """

    page: Path
    line: int
    kind: str
    text: str
    unrun: str = ""
    given: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command."""
        lines = self.text.replace("\\\n", " ").splitlines()
        words = (shlex.split(line, comments=True) for line in lines)
        return [each for each in words if each]


def pages() -> list[Path]:
    """Return the pages whose blocks are run."""
    return [page for part in PARTS for page in sorted((DOCS / part).glob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of commands and Python on a page."""
    found: list[Block] = []
    fence, language, begun, body = "", "", 0, list[str]()
    unrun, given = "", tuple[str, ...]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if fence:
            if line.strip() != fence:
                body.append(line)
                continue
            kind = _kind(language, body)
            if kind:
                text = "\n".join(body) + "\n"
                found.append(Block(page, begun, kind, text, unrun, given))
            fence, unrun = "", ""
        elif match := re.match(r"(`{3,}|:{3,})\s*(\S*)", line):
            fence, language, begun, body = match[1], match[2], number + 1, []
        elif match := REASON.match(line):
            if match[1] == "given":
                given = (*given, match[2].partition(",")[0])
            else:
                unrun = match[2]
        elif line.strip():
            unrun = ""
    return found


def _kind(language: str, body: list[str]) -> str:
    if language == "python":
        return "python"
    commands = any(line.startswith("bridgex ") for line in body)
    return "commands" if not language and commands else ""


def run(page: Path) -> Iterator[str]:
    """Run the blocks of a page in a folder of its own; yield what fails, and stop there."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for block in blocks(page):
            if block.unrun:
                continue
            for name in block.given:
                _give(name)
            shown = io.StringIO()
            try:
                with contextlib.redirect_stdout(shown):
                    _run(block, names)
            except Exception:
                yield f"{block.place}: {traceback.format_exc(limit=-3)}\n{shown.getvalue()}"
                return


def _run(block: Block, names: dict[str, Any]) -> None:
    if block.kind == "python":
        exec(compile(block.text, block.place, "exec"), names)  # noqa: S102
        return
    for program, *words in block.commands:
        if program != "bridgex":
            raise RuntimeError(f"'{program}' is not run here; say why above the block.")
        try:
            app(words, prog_name="bridgex")
        except SystemExit as end:
            if end.code not in (0, None):
                raise RuntimeError(f"{shlex.join(words)} ended with {end.code}.") from end


def _give(name: str) -> None:
    """Put a folder with the embedded model where a page says that the reader has a model."""
    from bridgex.lm.demo import demo_conversion

    if name not in GIVEN:
        raise ValueError(f"There is nothing to give as '{name}'.")
    if not Path(name).exists():
        Path(name).symlink_to(demo_conversion().folder)
