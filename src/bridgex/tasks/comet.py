"""COMET (Rei et al. 2020), by the program ``comet-score`` of the package unbabel-comet.

The package needs transformers below 5, and cannot be installed beside this one; its program runs in
an environment of its own.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridgex.errors import ModelError, RequestError, reason

MODEL = "Unbabel/wmt22-comet-da"
"""The one that ``comet-score`` takes where none is named (Rei et al. 2022)."""

PROGRAM = "comet-score"
INSTALL = "pipx install unbabel-comet"
"""In an environment of its own, with its programs on the path."""


@dataclass(frozen=True)
class Comet:
    """COMET by a model of its own: a name on the Hub, or a checkpoint on this disk.

    Attributes:
        model: the model; `MODEL` where the text is empty.
        program: path of ``comet-score``.
    """

    model: str = ""
    program: str = field(init=False)

    def __post_init__(self) -> None:
        """Refuse before a model is asked what could not be measured afterwards.

        Raises:
            RequestError: the program is not installed, or the checkpoint is not there.
        """
        object.__setattr__(self, "model", self.model or MODEL)
        program = shutil.which(PROGRAM)
        if program is None:
            raise RequestError(
                f"COMET is computed by the program {PROGRAM}, which is not on the path; install it "
                f"in an environment of its own: {INSTALL}."
            )
        if self.model.endswith(".ckpt") and not Path(self.model).is_file():
            raise RequestError(f"There is no checkpoint of COMET at {self.model}; check the path.")
        object.__setattr__(self, "program", program)

    @property
    def name(self) -> str:
        """What its values stand under."""
        return "COMET"

    @property
    def signature(self) -> str:
        """The model."""
        return f"{PROGRAM} {self.model}"

    def score(
        self, sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]
    ) -> list[float]:
        """Return the segment scores; usually between 0 and 1.

        Raises:
            ModelError: the program failed, or wrote no scores.
        """
        texts = {"src": sources, "mt": hypotheses, "ref": references}
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: str(Path(folder) / f"{name}.txt") for name in (*texts, "json")}
            for name, lines in texts.items():
                # it reads a segment a line
                content = "".join(f"{' '.join(line.split())}\n" for line in lines)
                Path(paths[name]).write_text(content, encoding="utf-8")
            words = [self.program, "-s", paths["src"], "-t", paths["mt"], "-r", paths["ref"]]
            words += ["--model", self.model, "--to_json", paths["json"], "--quiet"]
            words += ["--only_system", "--gpus", "1" if shutil.which("nvidia-smi") else "0"]
            done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603
            if done.returncode:
                said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
                raise ModelError(
                    f"{PROGRAM} failed with {self.model} ({said[-1][:300]}); see whether "
                    f"{PROGRAM} --model {self.model} works by itself."
                )
            try:
                written = json.loads(Path(paths["json"]).read_text(encoding="utf-8"))
                return [float(segment["COMET"]) for segment in written[paths["mt"]]]
            except (OSError, ValueError, KeyError, TypeError) as problem:
                raise ModelError(
                    f"{PROGRAM} wrote no scores that can be read ({reason(problem)}); install the "
                    f"newest: {INSTALL}."
                ) from problem
