"""Check the documentation: links lead somewhere, and commands shown exist with their options.

Run: python docs/check.py, and with --run also what the pages show, on the embedded model.
"""

import re
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import blocks
import typer.main

from bridgex.cli import app

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = {".venv", "build"}
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Print every problem; return 1 if there is one."""
    pages = [path for path in sorted(ROOT.rglob("*.md")) if not SKIPPED & set(path.parts)]
    problems = [problem for page in pages for problem in (*links(page), *commands(page))]
    problems += [problem for page in blocks.pages() for problem in unreadable(page)]
    if "--run" in sys.argv[1:] and not problems:
        problems = list(run())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(pages)} pages checked, {len(problems)} problems")
    return bool(problems)


def links(page: Path) -> list[str]:
    """Return the links of a page to files that are not there."""
    found = LINK.findall(page.read_text(encoding="utf-8"))
    return [
        f"{page.relative_to(ROOT)}: no file {target}"
        for target in found
        if "://" not in target and not (page.parent / target).exists()
    ]


def commands(page: Path) -> list[str]:
    """Return the bridgex command lines of a page that the command line would not know."""
    known = typer.main.get_command(app)
    problems = []
    for block in FENCE.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.startswith("bridgex "):
                continue
            command, words = find(known, shlex.split(line, comments=True)[1:])
            if command is None:
                problems.append(f"{page.relative_to(ROOT)}: no command '{line}'")
                continue
            try:
                command.make_context(command.name, without_config(words))
            except typer.Exit:
                pass  # --help and --version
            except Exception as wrong:
                message = wrong.format_message() if hasattr(wrong, "format_message") else wrong
                problems.append(f"{page.relative_to(ROOT)}: {message} in '{line}'")
    return problems


def unreadable(page: Path) -> list[str]:
    """Return the blocks of a page that cannot run as they stand, and have no reason not to."""
    problems = []
    for block in blocks.blocks(page):
        try:
            if block.kind == "python":
                compile(block.text, block.place, "exec")
            elif not block.unrun and {words[0] for words in block.commands} != {"bridgex"}:
                problems.append(f"{block.place}: say above the block why it is not run")
        except SyntaxError as problem:
            problems.append(f"{block.place}: {problem}")
    return problems


def run() -> Iterator[str]:
    """Run the blocks of every page; yield what fails."""
    for page in blocks.pages():
        count = sum(not block.unrun for block in blocks.blocks(page))
        if count:
            started = time.monotonic()
            yield from blocks.run(page)
            name, seconds = page.relative_to(ROOT), time.monotonic() - started
            print(f"{name}: {count} blocks run in {seconds:.0f} s", flush=True)


def without_config(words: list[str]) -> list[str]:
    """Return words without ``--config FILE``, a file that the page describes."""
    if "--config" not in words:
        return words
    at = words.index("--config")
    return words[:at] + words[at + 2 :]


def find(known: Any, words: list[str]) -> tuple[Any | None, list[str]]:
    """Return the command that words name, through groups of commands, and the words after it."""
    while hasattr(known, "commands"):
        known, words = known.commands.get(words[0]) if words else None, words[1:]
    return known, words


if __name__ == "__main__":
    sys.exit(main())
