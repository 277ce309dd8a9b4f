"""Print the release notes of a version: its section of the changelog.

Run: python tools/release.py 0.2.0. It fails where package, citation and changelog do not name it.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def notes(version: str, changelog: str) -> str:
    """Return what the changelog says of a version.

    Raises:
        ValueError: it says nothing.
    """
    heading = rf"^## \[?{re.escape(version)}\]?(?: [^\n]*)?$"
    section = re.search(rf"{heading}\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None or not section[1].strip():
        raise ValueError(f"CHANGELOG.md has no section '## {version}'; write one.")
    return section[1].strip() + "\n"


def named_otherwise(version: str) -> list[str]:
    """Return the files that name another version."""
    package = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    code = (ROOT / "src" / "bridgex" / "version.py").read_text("utf-8")
    found = {
        "pyproject.toml": package == version,
        "CITATION.cff": f"\nversion: {version}\n" in citation,
        "src/bridgex/version.py": f'__version__ = "{version}"' in code,
    }
    return [name for name, right in found.items() if not right]


def main() -> int:
    """Print the notes; return 1 where something is missing."""
    version = sys.argv[1]
    if wrong := named_otherwise(version):
        print(f"{', '.join(wrong)} name another version than {version}.", file=sys.stderr)
        return 1
    try:
        print(notes(version, (ROOT / "CHANGELOG.md").read_text("utf-8")), end="")
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
