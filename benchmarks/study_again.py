"""A second run of a finished study: how long it takes, and that no model is loaded for it.

Run: python -m benchmarks.study_again MODEL [CASES]

MODEL is a model folder; it is identified, never loaded. The cases are made up, with 100 items each.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.experiments.study import made

from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import make_plan
from bridgex.experiments.study.reading import read_study

LANGUAGES = ("de", "id", "he", "fi")
SHOTS = 5
RUN = """
import sys
from bridgex.cli import main
from bridgex.lm.source import ModelSource

ModelSource.load = None  # whoever loads a model fails
sys.argv[0] = "bridgex"
main()
"""


def main() -> None:
    """Finish a study and run it again, three times."""
    model, most = sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 60
    made.ITEMS = 100
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.toml"
        tasks = "".join(f'[[tasks]]\nname = "bli"\nshots = {shots}\n' for shots in range(SHOTS))
        path.write_text(
            f'languages = {list(LANGUAGES)}\n{tasks}[[models]]\nname = "{model}"\n',
            encoding="utf-8",
        )
        plan = make_plan(read_study(path))
        study = StudyFolder(path.with_suffix(""))
        study.put_plan(plan)
        for cell in plan.cells[:most]:
            study.put(cell.key, made.made(cell))
        print(f"{len(plan.cells)} cases, {sum(map(study.has, (c.key for c in plan.cells)))} done")
        for _ in range(3):
            began = time.perf_counter()
            words = [sys.executable, "-c", RUN, "study", "run", str(path)]
            subprocess.run(words, check=True, capture_output=True)  # noqa: S603
            print(f"{time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
