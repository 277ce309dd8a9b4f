"""``bridgex info``."""

from pathlib import Path
from typing import Annotated

from bridgex.cli.options import command, output
from bridgex.cli.request import Request


@command()
def info(
    request: Request,
    json: Annotated[Path | None, output("--json", "Write it to this file (- to print).")] = None,
) -> None:
    """Show versions, devices, cache and extras, for a bug report."""
    del request
    from bridgex.environment import EXTRAS, environment
    from bridgex.report.console import console_beside
    from bridgex.report.files import write_text
    from bridgex.report.text import json_text

    facts = environment()
    if json is not None:
        write_text(json, json_text(facts, indent=2) + "\n")
    missing = [name for name in EXTRAS if not facts["extras"][name]]
    lines = {
        "bridgex": f"{facts['bridgex']} {facts['commit']}".rstrip(),
        "Python": f"{facts['python']} on {facts['system']}",
        "Libraries": ", ".join(f"{name} {version}" for name, version in facts["libraries"].items()),
        "Device": f"{facts['device']} in {facts['dtype']}",
        "GPUs": ", ".join(
            f"{name} ({memory / 2**30:.0f} GiB)" for name, memory in facts["devices"].items()
        )
        or "none",
        "Cache": f"{facts['cache']['folder']} ({facts['cache']['bytes'] / 1e6:.0f} MB)",
        "Extras": ", ".join(name for name in EXTRAS if facts["extras"][name]) or "none",
    }
    console = console_beside(json)
    for name, value in lines.items():
        console.print(f"{name + ':':<11}{value}", soft_wrap=True)
    if missing:
        console.print(f"Not installed: pip install 'bridgex[{','.join(missing)}]'", soft_wrap=True)
