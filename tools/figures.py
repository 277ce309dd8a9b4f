"""Record the specifications of the figures of small results; a test holds the figures to them.

Run: python -m tools.figures
"""

import json
from pathlib import Path
from typing import Any

from tests.report.made import ablation, case, evaluation, ranking, spectrum, validation

from bridgex.report.figures import FIGURES, Look, draw
from bridgex.result import Result

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "report" / "figures" / "golden"


def results_for(name: str) -> list[Result]:
    """Return small results that give a figure."""
    if name == "growth":
        return [ranking(tokens=2_000), ranking(tokens=8_000)]
    kind = FIGURES[name].kinds[0]
    made: dict[str, Result] = {
        "ranking": ranking(),
        "spectrum": spectrum(("zh", "ar", "he", "fr", "it")),
        "evaluation": evaluation(),
        "validation": validation(),
        "case": case(),
        "ablation": ablation(),
    }
    return [made[kind]]


def specification(name: str) -> dict[str, Any]:
    """Return a figure's specification without the version of the charting library."""
    spec: dict[str, Any] = draw(results_for(name), name, Look()).bare
    del spec["$schema"]
    rounded: dict[str, Any] = json.loads(
        json.dumps(spec), parse_float=lambda text: round(float(text), 6)
    )
    return rounded


def main() -> None:
    """Write a file for each figure."""
    GOLDEN.mkdir(exist_ok=True)
    for name in FIGURES:
        text = json.dumps(specification(name), ensure_ascii=False, indent=1, sort_keys=True)
        (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
