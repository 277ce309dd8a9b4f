"""``bridgex neurons export`` and ``convert``."""

from pathlib import Path
from typing import Annotated

import typer

from bridgex.cli.app import Command, Group, app, friendly_errors
from bridgex.cli.options import MODEL, SETTINGS, TEXTS, Debug, command
from bridgex.cli.registered import complete_languages
from bridgex.cli.request import Request, names, names_or_none

neurons = typer.Typer(
    cls=Group, help="Write language neurons for other tools, and read LAPE's.", no_args_is_help=True
)
app.add_typer(neurons, name="neurons")

Out = Annotated[Path, typer.Argument(help="File to write: .parquet, .csv, .json or .safetensors.")]


@command(TEXTS, SETTINGS, MODEL, within=neurons)
def export(
    request: Request,
    out: Out,
    languages: Annotated[
        str | None,
        typer.Option(
            help="Languages, separated by commas.",
            show_default="the paper's fifteen",
            autocompletion=complete_languages,
        ),
    ] = None,
) -> None:
    """Write the neurons that a model has for each language: layer, neuron, languages, how often."""
    from bridgex.interop.neurons import write_neurons
    from bridgex.interop.selected import language_neurons

    texts, settings = request.texts(), request.settings()
    found = language_neurons(
        request.session(), names_or_none(languages), texts=texts, settings=settings
    )
    write_neurons(found, out)


@neurons.command(cls=Command)
def convert(
    file: Annotated[Path, typer.Argument(help="LAPE's .pth, or a .json or .safetensors of ours.")],
    out: Out,
    languages: Annotated[
        str | None,
        typer.Option(
            help="The languages of a .pth in its order, separated by commas; LAPE's own files: "
            "en,zh,fr,es,vi,id,ja.",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write language neurons of a file in another format."""
    with friendly_errors(out, debug=debug):
        from bridgex.errors import RequestError
        from bridgex.interop.lape import read_lape
        from bridgex.interop.neurons import read_neurons, write_neurons

        if file.suffix in {".json", ".safetensors"}:
            if languages is not None:
                raise RequestError(f"{file} names its languages itself; leave out --languages.")
            found = read_neurons(file)
        elif languages is None:
            raise RequestError(
                f"{file} does not say which languages it has; name them in its order with "
                "--languages (LAPE's own files: en,zh,fr,es,vi,id,ja)."
            )
        else:
            found = read_lape(file, names(languages))
        write_neurons(found, out)
