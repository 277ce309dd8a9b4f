"""The options that several commands share, and the groups they stand in."""

from pathlib import Path
from typing import Annotated

import typer

PROBE = "Probe"
SELECTION = "Language neurons"
MACHINE = "Model and machine"
TEXTS = "Texts"
"""Groups of options in the help."""

Candidates = Annotated[
    str | None,
    typer.Option(help="Candidate bridges, separated by commas.", show_default="en,de,fr,it,pt,es"),
]
Chat = Annotated[
    bool,
    typer.Option("--chat", help="Use the model's chat template.", rich_help_panel=MACHINE),
]
Corpus = Annotated[
    Path | None,
    typer.Option(
        help="Folder with a text file per language (FLORES, …).",
        show_default="embedded sentences",
        rich_help_panel=TEXTS,
    ),
]
Count = Annotated[
    int | None,
    typer.Option(
        help="Number of neurons selected per language, instead of a rate.",
        rich_help_panel=SELECTION,
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Device = Annotated[
    str,
    typer.Option(
        help="auto, cpu, cuda, cuda:1, balanced (all GPUs) or mps.", rich_help_panel=MACHINE
    ),
]
Dtype = Annotated[
    str, typer.Option(help="auto, bfloat16, float16 or float32.", rich_help_panel=MACHINE)
]
Field = Annotated[
    str | None,
    typer.Option(
        help="Field or column of the corpus.",
        show_default="text or sentence",
        rich_help_panel=TEXTS,
    ),
]
Lexicon = Annotated[
    list[Path] | None,
    typer.Option(
        help="Dictionary file or folder; may be given several times.",
        show_default="embedded words",
        rich_help_panel=TEXTS,
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        help="How neurons are selected: top, lape or lift.",
        show_default="top",
        rich_help_panel=SELECTION,
    ),
]
Model = Annotated[
    str,
    typer.Option(
        help="demo, a Hugging Face id (id@revision), a model folder or a GGUF file.",
        rich_help_panel=MACHINE,
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        help="Share of neurons selected per language.",
        show_default="0.01",
        rich_help_panel=SELECTION,
    ),
]
Sentences = Annotated[
    int | None,
    typer.Option(
        help="Read so many sentences of each language.",
        show_default="all",
        rich_help_panel=TEXTS,
    ),
]
Tokens = Annotated[
    int | None,
    typer.Option(
        help="Read sentences of each language up to so many tokens.",
        show_default="all",
        rich_help_panel=TEXTS,
    ),
]
WithoutUniversal = Annotated[
    bool,
    typer.Option(
        "--without-universal",
        help="Leave out neurons selected for every language.",
        rich_help_panel=SELECTION,
    ),
]
