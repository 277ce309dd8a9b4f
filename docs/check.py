"""Check the documentation: links lead somewhere, and commands shown exist with their options.

Run: python docs/check.py
"""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import typer.main

from bridgex.cli import app

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Print every problem; return 1 if there is one."""
    pages = [path for path in sorted(ROOT.rglob("*.md")) if ".venv" not in path.parts]
    problems = [problem for page in pages for problem in (*links(page), *commands(page))]
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
