"""``bridgex models``."""

from typing import Annotated

import typer

from bridgex.cli.app import app


@app.command()
def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the model families that can be read, and those that cannot and why."""
    import json
    from dataclasses import asdict

    from bridgex.lm.architectures import architecture_table

    families = architecture_table()
    if as_json:
        typer.echo(json.dumps([asdict(family) for family in families], indent=2))
        return
    width = max(len(family.family) for family in families)
    for family in families:
        proof = "proved by a test" if family.proved else family.reason or "not proved by a test"
        typer.echo(f"{family.family:<{width}}  {family.kind:<7}  {proof}")
    read = [family for family in families if family.kind != "refused"]
    proved = sum(family.proved for family in read)
    typer.echo(
        f"{len(read)} families can be read, {proved} of them proved by a test on a tiny model; "
        f"{len(families) - len(read)} are refused. Every model is proved again when it is loaded."
    )
