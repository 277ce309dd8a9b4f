"""Study files to begin from."""

from importlib.resources import files

from bridgex.errors import RequestError, nearest

PRESETS = ("small", "paper")


def preset_text(name: str) -> str:
    """Return the commented study file of a name.

    Raises:
        RequestError: there is none.
    """
    if name not in PRESETS:
        raise RequestError(
            f"There is no study '{name}'.{nearest(name, PRESETS)} Use {' or '.join(PRESETS)}."
        )
    folder = files("bridgex.experiments.study") / "presets"
    return (folder / f"{name}.toml").read_text(encoding="utf-8")
