"""Run the notebook of ``examples`` again and keep what it shows: ``python tools/notebook.py``.

It takes the embedded model; a test runs it, too, and compares the answers.
"""

from pathlib import Path
from typing import Any

import nbclient
import nbformat

NOTEBOOK = Path(__file__).resolve().parents[1] / "examples" / "first_steps.ipynb"


def run(path: Path) -> Any:
    """Return a notebook with what its cells show when they are run now.

    Raises:
        CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=1200,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:  # what libraries warn of names folders of this machine
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
    notebook.metadata = {"language_info": {"name": "python"}, "kernelspec": KERNEL}
    return notebook


KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def main() -> None:
    """Run the notebook and write it in place."""
    nbformat.write(run(NOTEBOOK), NOTEBOOK)


if __name__ == "__main__":
    main()
