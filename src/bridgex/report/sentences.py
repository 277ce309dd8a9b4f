"""An explanation on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bridgex.report.explain import Explanation


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print the answer, then what it rests on, heading by heading."""
    console.print(Text(explanation.answer, style="bold"))
    print_sections(explanation, console)


def print_sections(explanation: Explanation, console: Console) -> None:
    """Print what an answer rests on, heading by heading."""
    for heading, sentences in explanation.sections:
        console.print()
        console.print(Text(heading, style="bold"))
        for sentence in sentences:
            console.print(Padding(Text(sentence), (0, 0, 0, 2), expand=False))
