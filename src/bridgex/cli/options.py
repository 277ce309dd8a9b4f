"""The options that commands share: each group once, and what it is made into.

`command` adds the options of groups to a command, which is handed a `Request` that makes them
into a session, texts and settings.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridgex.cli.app import app, friendly_errors
from bridgex.cli.config import read_config

if TYPE_CHECKING:
    from bridgex.analysis.settings import RankSettings
    from bridgex.api import Session
    from bridgex.evaluation.settings import TaskSettings
    from bridgex.inputs import Texts

PROBE = "Probe"
SELECTION = "Ranking"
MACHINE = "Model and machine"
READING = "Texts"
ASKED = "Asking the task"
"""Headings of options in the help."""

Options = Mapping[str, tuple[Any, Any]]
"""Name of a parameter → its annotated type and default."""


def _text(help_text: str, panel: str, shown: str | None = None, **more: Any) -> Any:
    option = typer.Option(
        help=help_text, rich_help_panel=panel, show_default=shown or False, **more
    )
    return Annotated[str | None, option]


def _number(help_text: str, panel: str, kind: type = int, shown: str | None = None) -> Any:
    option = typer.Option(help=help_text, rich_help_panel=panel, show_default=shown or False)
    return Annotated[kind | None, option]


def _path(help_text: str, panel: str, shown: str | None = None) -> Any:
    option = typer.Option(help=help_text, rich_help_panel=panel, show_default=shown or False)
    return Annotated[Path | None, option]


def _switch(name: str, help_text: str, panel: str) -> Any:
    return Annotated[bool, typer.Option(f"--{name}", help=help_text, rich_help_panel=panel)]


def _repeated(help_text: str, panel: str, shown: str | None = None, *names: str) -> Any:
    option = typer.Option(
        *names, help=help_text, rich_help_panel=panel, show_default=shown or False
    )
    return Annotated[list[str] | None, option]


MODEL: Options = {
    "model": (
        Annotated[
            str,
            typer.Option(
                help="demo, a Hugging Face id (id@revision), a model folder or a GGUF file.",
                rich_help_panel=MACHINE,
            ),
        ],
        "demo",
    ),
    "device": (
        Annotated[
            str,
            typer.Option(
                help="auto, cpu, cuda, cuda:1, balanced (all GPUs) or mps.",
                rich_help_panel=MACHINE,
            ),
        ],
        "auto",
    ),
    "dtype": (
        Annotated[
            str,
            typer.Option(help="auto, bfloat16, float16 or float32.", rich_help_panel=MACHINE),
        ],
        "auto",
    ),
}
CHAT: Options = {
    "chat": (_switch("chat", "Use the model's chat template.", MACHINE), False),
}
TEXTS: Options = {
    "corpus": (
        _path("Folder with a text file per language (FLORES, …).", READING, "embedded sentences"),
        None,
    ),
    "field": (_text("Field or column of the corpus.", READING, "text or sentence"), None),
    "sentences": (_number("Read so many sentences of each language.", READING, shown="all"), None),
    "tokens": (
        _number("Read sentences of each language up to so many tokens.", READING, shown="all"),
        None,
    ),
    "lexicon": (
        Annotated[
            list[Path] | None,
            typer.Option(
                help="Dictionary file or folder; may be given several times.",
                show_default="embedded words",
                rich_help_panel=READING,
            ),
        ],
        None,
    ),
    "pivot": (
        _text(
            "Compose a dictionary through this language where none serves a pair.",
            READING,
            "en, then others",
        ),
        None,
    ),
    "endonym": (
        _repeated(
            'Name of a language in prompts, such as id="Bahasa Indonesia"; repeatable.', READING
        ),
        None,
    ),
    "convert_chinese": (
        _switch("convert-chinese", "Convert Chinese texts to the script of their code.", READING),
        False,
    ),
    "data": (
        _repeated("The benchmark's folder, or TASK=FOLDER once for each task.", READING),
        None,
    ),
    "split": (
        _text("dev, test, …, where a benchmark has several files for a language.", READING),
        None,
    ),
}
SETTINGS: Options = {
    "preset": (
        Annotated[
            str,
            typer.Option(
                help="default, paper, or demo for models of a few hundred million parameters.",
                rich_help_panel=SELECTION,
            ),
        ],
        "default",
    ),
    "method": (
        _text("How neurons are selected: top, lape or lift.", SELECTION, "top"),
        None,
    ),
    "rate": (
        _number("Share of neurons selected per language.", SELECTION, float, "0.01"),
        None,
    ),
    "count": (
        _number("Number of neurons selected per language, instead of a rate.", SELECTION),
        None,
    ),
    "without_universal": (
        _switch("without-universal", "Leave out neurons selected for every language.", SELECTION),
        False,
    ),
    "special": (
        _switch("special", "Count and pool over special tokens (BOS, …) as well.", SELECTION),
        False,
    ),
    "seed": (_number("Of all random draws.", SELECTION, shown="0"), None),
    "set_": (
        _repeated(
            "Any setting of a ranking, such as bridges.level=0.95; repeatable.",
            SELECTION,
            None,
            "--set",
        ),
        None,
    ),
}
PROBING: Options = {
    "shots": (
        _number(
            "Solved examples when asking which words are understood.", PROBE, shown="0; demo: 4"
        ),
        None,
    ),
    "pooling": (
        _text(
            "Over a prompt's tokens: mean, last or word (the quoted word's).",
            PROBE,
            "last; paper: mean",
        ),
        None,
    ),
}
ASKING: Options = {
    "items": (_number("The most items to evaluate.", ASKED, shown="all"), None),
    "shots": (
        Annotated[
            int,
            typer.Option(min=0, help="Solved examples before each prompt.", rich_help_panel=ASKED),
        ],
        0,
    ),
    "answer": (_text("likelihood of the options, or generate.", ASKED, "the task's way"), None),
    "prompt": (
        Annotated[str, typer.Option(help="default or paper.", rich_help_panel=ASKED)],
        "default",
    ),
}
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
COMMON: Options = {
    "config": (
        Annotated[
            Path | None,
            typer.Option(
                help="TOML file with options; the command line wins over it.",
                is_eager=True,
                callback=read_config,
            ),
        ],
        None,
    ),
    "debug": (
        Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")],
        False,
    ),
}


@dataclass(frozen=True)
class Request:
    """The shared options of one call of a command.

    Attributes:
        values: name → what was given.
    """

    values: Mapping[str, Any]

    def session(self) -> "Session":
        """Return the session with the model asked for."""
        from bridgex.api import Session
        from bridgex.report.progress import stderr_progress

        return Session(
            self.values["model"],
            device=self.values["device"],
            dtype=self.values["dtype"],
            progress=stderr_progress(),
        )

    def texts(self, tasks: Sequence[str] = ()) -> "Texts":
        """Return what is to be read.

        Args:
            tasks: names before which ``--data NAME=FOLDER`` is a folder for that task.
        """
        from bridgex.inputs import Budget, Texts

        values = self.values
        names = ("corpus", "field", "pivot", "convert_chinese", "split")
        return Texts(
            budget=Budget(sentences=values["sentences"], tokens=values["tokens"]),
            lexicon=tuple(values["lexicon"] or ()),
            endonyms=endonyms(values["endonym"] or ()),
            data=folders(values["data"] or (), tasks),
            **{name: values[name] for name in names},
        )

    def settings(self) -> "RankSettings":
        """Return the settings of rankings."""
        from bridgex.analysis.settings import parse_changes, preset

        values = self.values
        named = {
            "selection.method": values["method"],
            "selection.rate": values["rate"],
            "selection.count": values["count"],
            "selection.without_universal": values["without_universal"] or None,
            "special": values["special"] or None,
            "probe.special": values["special"] or None,
            "bridges.seed": values["seed"],
            "probe.pooling": values.get("pooling"),
        }
        if "pooling" in values:
            named |= {"probe.shots": values["shots"], "probe.chat": values["chat"] or None}
        changes = parse_changes(values["set_"] or ())
        given = {name: value for name, value in named.items() if value is not None}
        return preset(values["preset"]).changed(changes | given)

    def asking(self) -> "TaskSettings":
        """Return how tasks are asked."""
        from bridgex.evaluation.settings import TaskSettings

        names = ("items", "shots", "answer", "prompt", "chat")
        return TaskSettings(**{name: self.values[name] for name in names if name in self.values})


def command(*groups: Options, name: str | None = None) -> Callable[[Callable[..., None]], None]:
    """Register a command of the program that takes the options of some groups, too.

    The function's first parameter is the `Request`; an error it raises ends the program in one
    sentence. Whether the files in `OUTPUTS` can be written is checked before.

    Args:
        groups: options beside the function's own.
        name: of the command; the function's by default.
    """

    def register(function: Callable[..., None]) -> None:
        shared = {name: option for group in (*groups, COMMON) for name, option in group.items()}
        own = list(inspect.signature(function).parameters.values())[1:]
        added = [
            inspect.Parameter(
                each, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for each, (annotation, default) in shared.items()
        ]

        @functools.wraps(function)
        def wrapper(**values: Any) -> None:
            request = Request({each: values.pop(each) for each in shared})
            files = [values.get(each) for each in OUTPUTS]
            folders = (values.get("csv"),)
            with friendly_errors(*files, folders=folders, debug=request.values["debug"]):
                function(request, **values)

        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *added)]
        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
        app.command(name)(wrapper)

    return register


OUTPUTS = ("json", "items_out")
"""Parameters that name files a command writes; ``csv`` names a folder."""


def names(text: str) -> list[str]:
    """Return names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def names_or_none(text: str | None) -> list[str] | None:
    """Return names separated by commas; None where the option was not given."""
    return None if text is None else names(text)


def endonyms(given: Sequence[str]) -> dict[str, str]:
    """Return language → name from ``LANGUAGE=NAME``, one for each language.

    Raises:
        RequestError: no equals sign, or a second name for a language.
    """
    from bridgex.errors import RequestError

    named: dict[str, str] = {}
    for text in given:
        language, equals, name = text.partition("=")
        if not equals or language in named:
            problem = "a second name for it" if equals else "not LANGUAGE=NAME"
            raise RequestError(f"--endonym {text} is {problem}; write one such as id=Indonesia.")
        named[language] = name
    return named


def folders(given: Sequence[str], tasks: Sequence[str]) -> Path | dict[str, Path] | None:
    """Return the folder of benchmarks, or task → folder.

    A folder without a task is for all tasks that have none of their own.

    Raises:
        RequestError: two folders without a task, or two for one task.
    """
    from bridgex.errors import RequestError

    own: dict[str, Path] = {}
    common: list[str] = []
    for text in given:
        task, equals, folder = text.partition("=")
        if not (equals and task in tasks):
            common.append(text)
        elif task in own:
            raise RequestError(f"--data names two folders for {task}; keep one of them.")
        else:
            own[task] = Path(folder)
    if len(common) > 1:
        raise RequestError(
            f"--data names {len(common)} folders for all tasks ({', '.join(common)}); write "
            "TASK=FOLDER, once for each task."
        )
    if not own:
        return Path(common[0]) if common else None
    return {task: Path(common[0]) for task in tasks if common} | own
