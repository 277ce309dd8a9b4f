"""Eight worked problems of mathematics, the same in every language, for solved examples.

Written for this project in the manner of MGSM's own examples (Shi et al. 2023): steps in words and
numbers, and the answer stated in a sentence of its own. They are in no benchmark. One file per
language, ``worked/sw.toml``, has their texts; the numbers are stated here, once.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bridgex.languages import Language
from bridgex.tasks.forms import forms
from bridgex.tasks.parsing import UNSPACED

ANSWERS: Mapping[str, int] = {
    "bus": 22,
    "pencils": 4,
    "book": 70,
    "change": 28,
    "ages": 39,
    "tank": 40,
    "bakery": 20,
    "sale": 60,
}
"""Name of a problem → its answer, in the order in which they are shown."""


@dataclass(frozen=True)
class Worked:
    """A problem with its steps, in one language.

    Attributes:
        question: the problem.
        solution: its steps, and the sentence that states the answer.
        answer: the number.
    """

    question: str
    solution: str
    answer: int


@cache
def worked(language: Language) -> Mapping[str, Worked]:
    """Return the name of each problem → what it is in a language; empty where there is none."""
    file = files("bridgex.tasks").joinpath("worked", f"{language.code}.toml")
    if not file.is_file():
        return {}
    texts = tomllib.loads(file.read_text(encoding="utf-8"))
    space = "" if language.script in UNSPACED - {"Thai"} else " "
    return {
        name: Worked(
            texts[name]["question"],
            texts[name]["steps"] + space + forms(language).statement.format(answer),
            answer,
        )
        for name, answer in ANSWERS.items()
    }
