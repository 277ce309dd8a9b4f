"""The options that commands share: each group once.

`command` adds the options of groups to a command, which is handed a `Request` that makes them
into a session, texts and settings.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bridgex.cli.app import Command, app, friendly_errors
from bridgex.cli.config import read_config
from bridgex.cli.request import Request

PROBE = "Probe"
SELECTION = "Ranking bridges"
MACHINE = "Model and machine"
READING = "Texts"
ASKED = "Asking the task"
SERVING = "Asking a server"
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


def _repeated(help_text: str, panel: str, one: str, *names: str) -> Any:
    option = typer.Option(
        *names, help=help_text, rich_help_panel=panel, show_default=False, metavar=one
    )
    return Annotated[list[str] | None, option]


def output(name: str, help_text: str) -> Any:
    """Return the option of a file or folder that a command writes, which need not be readable."""
    return typer.Option(name, help=help_text, readable=False)


MODEL: Options = {
    "model": (
        Annotated[
            str,
            typer.Option(
                help="demo, a Hugging Face id (id@revision), a model folder or a GGUF file; none "
                "for a model that is only asked, on a server.",
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
SERVER: Options = {
    "generate_with": (
        _text(
            "Address of a server that answers prompts in place of the model (vLLM, SGLang, "
            "llama.cpp, …); its key, if it wants one, comes from BRIDGEX_API_KEY.",
            SERVING,
        ),
        None,
    ),
    "server_model": (
        _text("The model's name there.", SERVING, "the one called like the model"),
        None,
    ),
    "allow_mismatch": (
        _text(
            "What may differ from the model: name, tokenizer, answers; separated by commas.",
            SERVING,
            "nothing",
        ),
        None,
    ),
    "concurrency": (
        _number("Questions to the server that are under way at once.", SERVING, shown="16"),
        None,
    ),
}
CHAT: Options = {
    "chat": (_switch("chat", "Use the model's chat template.", MACHINE), False),
}
LIMIT = typer.Option(
    help="The most that is read of a file, such as size=8000000000 (bytes); also line, expansion "
    "(of a compressed file) and pairs (of a dictionary); repeatable.",
    rich_help_panel=READING,
    show_default=False,
    metavar="<name=value>",
)
TEXTS: Options = {
    "corpus": (
        _path(
            "Folder with a text file per language, the name of a fetched corpus, or "
            "hf:OWNER/NAME, a data set of the Hub in Parquet.",
            READING,
            "embedded sentences",
        ),
        None,
    ),
    "field": (
        _text("Field or column with the corpus's sentences.", READING, "text or sentence"),
        None,
    ),
    "sentences": (
        _number("The most sentences to read in each language.", READING, shown="all"),
        None,
    ),
    "tokens": (
        _number("Read each language until it reaches this many tokens.", READING, shown="all"),
        None,
    ),
    "lexicon": (
        Annotated[
            list[Path] | None,
            typer.Option(
                help="Dictionary file or folder, or the name of a fetched one; repeatable.",
                show_default="embedded words",
                metavar="<path>",
                rich_help_panel=READING,
            ),
        ],
        None,
    ),
    "pivot": (
        _text(
            "Language to compose a dictionary through where none has the pair.",
            READING,
            "en, then others",
        ),
        None,
    ),
    "endonym": (
        _repeated(
            'A language\'s name in prompts, such as id="Bahasa Indonesia"; repeatable.',
            READING,
            "<lang=name>",
        ),
        None,
    ),
    "convert_chinese": (
        _switch("convert-chinese", "Convert Chinese texts to the script of their code.", READING),
        False,
    ),
    "data": (
        _repeated(
            "Benchmark folder, the name of a fetched one, or hf:OWNER/NAME of the Hub; TASK=FOLDER "
            "for one task of several.",
            READING,
            "<folder>",
        ),
        None,
    ),
    "split": (
        _text("dev, test, …, where a benchmark has several.", READING),
        None,
    ),
    "limit": (Annotated[list[str] | None, LIMIT], None),
}
SETTINGS: Options = {
    "preset": (
        Annotated[
            str,
            typer.Option(
                help="default, paper, or demo (for models of a few hundred million parameters).",
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
        _number("Share of neurons selected for each language.", SELECTION, float, "0.01"),
        None,
    ),
    "count": (
        _number("Number of neurons selected for each language, instead of --rate.", SELECTION),
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
    "seed": (_number("Seed of all random draws.", SELECTION, shown="0"), None),
    "set_": (
        _repeated(
            "Any setting of a ranking, such as bridges.level=0.95; repeatable.",
            SELECTION,
            "<name=value>",
            "--set",
        ),
        None,
    ),
}
PROBING: Options = {
    "shots": (
        _number(
            "Solved examples when asking which words the model understands.",
            PROBE,
            shown="0; demo: 4",
        ),
        None,
    ),
    "pooling": (
        _text(
            "Which tokens of a prompt count: mean (all), last or word (the quoted word's).",
            PROBE,
            "last; paper: mean",
        ),
        None,
    ),
}
ASKING: Options = {
    "items": (
        _number("The most items to evaluate, by the seed.", ASKED, shown="all"),
        None,
    ),
    "shots": (
        Annotated[
            int, typer.Option(help="Solved examples before each prompt.", rich_help_panel=ASKED)
        ],
        0,
    ),
    "answer": (_text("likelihood (of the options) or generate.", ASKED, "the task's own"), None),
    "scoring": (
        _text(
            "How an option becomes the answer: sum, per_token, per_character, per_byte, calibrated "
            "or calibrated_batch.",
            ASKED,
            "the task's own",
        ),
        None,
    ),
    "prompt": (
        Annotated[
            str,
            typer.Option(
                help="Style of the prompts: default, lm-eval or paper.", rich_help_panel=ASKED
            ),
        ],
        "default",
    ),
    "instruction_language": (
        _text(
            "Whose words stand around the texts: target, source, bridge or english.",
            ASKED,
            shown="target, in a chat english",
        ),
        None,
    ),
    "metric": (
        _repeated(
            "A learned metric of translation beside chrF++ and BLEU: comet, or comet=MODEL; "
            "repeatable.",
            ASKED,
            "<name>",
        ),
        None,
    ),
}
EARLIER: Options = {
    "earlier": (
        Annotated[
            list[Path] | None,
            typer.Option(
                help="Results of validate or of a study (JSON files, folders), from which "
                "development+prior and combined learn of other pairs; repeatable.",
                rich_help_panel=ASKED,
                show_default=False,
                metavar="<path>",
            ),
        ],
        None,
    ),
}
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
COMMON: Options = {
    "config": (
        Annotated[
            Path | None,
            typer.Option(
                help="TOML file with options; those of the command line win.",
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


def command(
    *groups: Options, name: str | None = None, within: typer.Typer = app
) -> Callable[[Callable[..., None]], None]:
    """Register a command of the program that takes the options of some groups, too.

    The function's first parameter is the `Request`; an error it raises ends the program in one
    sentence. Whether the files in `OUTPUTS` can be written is checked before.

    Args:
        groups: options beside the function's own.
        name: of the command; the function's by default.
        within: the group of commands that it is one of.
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
        context = inspect.Parameter(
            "context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context
        )

        @functools.wraps(function)
        def wrapper(*, context: typer.Context, **values: Any) -> None:
            request = Request(
                {each: values.pop(each) for each in shared}, frozenset(_from_file(context))
            )
            files = [values.get(each) for each in OUTPUTS]
            folders = tuple(values.get(each) for each in FOLDERS)
            with friendly_errors(*files, folders=folders, debug=request.values["debug"]):
                function(request, **values)

        parameters = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (context, *own, *added)
        ]
        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
        within.command(name, cls=Command)(wrapper)

    return register


def _from_file(context: typer.Context) -> Iterator[str]:
    """Names of parameters that the file of options gave and the command line did not."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "DEFAULT_MAP":
            yield name


OUTPUTS = ("json", "csv_file", "items_out", "output", "out")
"""Parameters that name files a command writes."""
FOLDERS = ("csv", "folder")
"""Parameters that name folders that it writes files into."""
