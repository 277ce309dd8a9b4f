"""Write the JSON Schema of every result into ``src/bridgex/schemas``: ``python tools/schemas.py``.

A test compares them with the results, so a changed field shows; raise the result's ``schema`` when
files written before cannot be read any more.
"""

import json
from pathlib import Path

from bridgex.api import RESULTS

FOLDER = Path(__file__).resolve().parents[1] / "src" / "bridgex" / "schemas"


def texts() -> dict[str, str]:
    """Return the content of each file by its name."""
    return {
        f"{result.kind}.json": json.dumps(result.json_schema(), indent=2) + "\n"
        for result in RESULTS
    }


def main() -> None:
    """Write the files, and remove those of results that are no more."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
