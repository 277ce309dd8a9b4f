"""Write the JSON Schema of every result and of study files: ``python tools/schemas.py``.

A test compares them with the results, so a changed field shows; raise the result's ``schema`` when
files written before cannot be read any more.
"""

import json
from pathlib import Path

from bridgex.api import RESULTS
from bridgex.experiments.study.file import file_schema

FOLDER = Path(__file__).resolve().parents[1] / "src" / "bridgex" / "schemas"


def texts() -> dict[str, str]:
    """Return the content of each file by its name."""
    schemas = {result.kind: result.json_schema() for result in RESULTS}
    schemas["study-file"] = file_schema()
    return {f"{name}.json": json.dumps(schema, indent=2) + "\n" for name, schema in schemas.items()}


def main() -> None:
    """Write the files, and remove those of results that are no more."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
