"""The console that results and progress are printed on."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from bridgex.report.text import visible
from bridgex.storage.outputs import STANDARD_OUTPUT


class PlainConsole(Console):
    """A console that prints every text as it is and as `visible` shows it.

    Brackets in a text are no markup, ``:smile:`` is no emoji, and no text moves the cursor.
    """

    def __init__(self, *, stderr: bool = False, **options: Any) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a string into text; see `rich.console.Console.render_str`."""
        return super().render_str(visible(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Turn anything into segments; see `rich.console.Console.render`."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=visible(segment.text))


def console_beside(*outputs: Path | None) -> PlainConsole:
    """Return where to print for people: standard error where an output has standard output."""
    return PlainConsole(stderr=STANDARD_OUTPUT in outputs)
