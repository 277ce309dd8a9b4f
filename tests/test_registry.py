"""Registries: what a call or an installed package adds, and what is left out and named."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridgex.errors import RequestError
from bridgex.registry import Registry

GROUP = "bridgex.test_colours"


def checked(thing: object) -> str:
    if not isinstance(thing, str):
        raise RequestError(f"{thing!r} is not a colour.")
    return thing


def registry() -> Registry[str]:
    return Registry(
        "colour",
        GROUP,
        lambda: {"red": "xf00", "green": "x0f0"},
        checked,
        aliases=lambda code: (code,),
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that packages are installed in."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def install(site: Path, package: str, source: str, *points: str, group: str = GROUP) -> None:
    """Install a package of one module, as pip does."""
    module = package.replace("-", "_")
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *points, ""]))


def test_names_and_aliases() -> None:
    colours = registry()
    assert colours.names == tuple(colours) == ("red", "green")
    assert colours["red"] == colours["xf00"] == "xf00"
    assert "red" in colours
    assert "x0f0" in colours
    assert "blue" not in colours
    assert colours.problems == ()
    with pytest.raises(RequestError, match=r"no colour 'gren'. Did you mean 'green'\? Use red, gr"):
        colours["gren"]
    with pytest.raises(RequestError, match=r"no colour 'x'. Use red, green\.$"):
        colours["x"]


def test_a_call_adds_and_removes() -> None:
    colours = registry()
    colours.register("blue", "x00f")
    assert colours.names == ("red", "green", "blue")
    assert colours["x00f"] == "x00f"
    colours.unregister("blue")
    assert "blue" not in colours
    colours.register("blue", "x009")
    assert colours["blue"] == "x009"


@pytest.mark.parametrize(
    ("name", "thing", "message"),
    [
        ("red", "xe00", "There is a colour 'red' already; choose another name"),
        ("xf00", "xe00", "There is a colour 'xf00' already"),
        ("blue", 7, "7 is not a colour"),
        ("", "xe00", "'' cannot name a colour; use a name without spaces and commas"),
        ("dark red", "xe00", "'dark red' cannot name a colour"),
        ("dark,red", "xe00", "'dark,red' cannot name a colour"),
    ],
)
def test_what_cannot_be_added_is_refused(name: str, thing: object, message: str) -> None:
    colours = registry()
    with pytest.raises(RequestError, match=message):
        colours.register(name, thing)  # type: ignore[arg-type]
    assert colours.names == ("red", "green")
    assert colours["red"] == "xf00"


@pytest.mark.parametrize("name", ["red", "blue"])
def test_only_what_a_call_added_is_removed(name: str) -> None:
    colours = registry()
    with pytest.raises(RequestError, match=f"No colour '{name}' was registered by a call"):
        colours.unregister(name)
    assert colours.names == ("red", "green")


def test_a_thing_is_registered_under_the_name_it_has() -> None:
    codes = Registry("code", GROUP, dict[str, str], checked, own_name=lambda code: code)
    codes.register("x00f", "x00f")
    with pytest.raises(RequestError, match="It calls itself 'x009'; register it under that name"):
        codes.register("blue", "x009")
    assert codes.names == ("x00f",)


def test_an_installed_package_adds(site: Path) -> None:
    install(site, "more-colours", "BLUE = 'x00f'\n", "blue = more_colours:BLUE")
    colours = registry()
    assert colours.names == ("red", "green", "blue")
    assert colours["blue"] == "x00f"
    assert colours.problems == ()
    with pytest.raises(RequestError, match="There is a colour 'blue' already"):
        colours.register("blue", "x009")
    with pytest.raises(RequestError, match="No colour 'blue' was registered by a call"):
        colours.unregister("blue")


def test_entry_points_load_when_first_needed(site: Path) -> None:
    install(site, "more-colours", "BLUE = 'x00f'\n", "blue = more_colours:BLUE")
    colours = registry()
    assert "more_colours" not in sys.modules
    assert "blue" in colours
    assert "more_colours" in sys.modules


@pytest.mark.parametrize(
    ("source", "point", "reason"),
    [
        ("import no_such_thing", "bad:X", r"ModuleNotFoundError: No module named 'no_such_thing'"),
        ("def (", "bad:X", "SyntaxError: "),
        ("", "bad:X", "AttributeError: "),
        ("X = 7", "bad:X", r"\(7 is not a colour\)"),
        ("raise ValueError('one\\ntwo')", "bad:X", r"\(ValueError: one\)"),
        ("raise ValueError", "bad:X", r"\(ValueError\)"),
        ("raise SystemExit(3)", "bad:X", r"\(SystemExit: 3\)"),
        ("X = 'x00f'", "bad", "TypeError|is not a colour"),
        ("X = 'x00f'", "no_such_module:X", "ModuleNotFoundError: "),
    ],
)
def test_a_plug_in_that_fails_is_named_and_the_others_go_on(
    site: Path, source: str, point: str, reason: str
) -> None:
    install(site, "bad", source + "\n", f"blue = {point}")
    install(site, "good", "Y = 'xff0'\n", "yellow = good:Y")
    colours = registry()
    assert colours.names == ("red", "green", "yellow")
    [problem] = colours.problems
    assert problem.startswith("The colour 'blue' of bad cannot be loaded (")
    assert problem.endswith("); fix or uninstall that package.")
    assert "\n" not in problem
    with pytest.raises(RequestError, match=reason) as caught:
        colours["blue"]
    assert str(caught.value) == f"There is no colour 'blue'. {problem}"
    with pytest.raises(RequestError, match=r"no colour 'no_such_thing'\. Use red"):
        colours["no_such_thing"]


@pytest.mark.parametrize("name", ["red", "xf00"])
def test_a_plug_in_that_takes_a_name_that_exists_is_left_out(site: Path, name: str) -> None:
    install(site, "taker", "X = 'xe00'\n", f"{name} = taker:X", "blue = taker:X")
    colours = registry()
    assert colours[name] == "xf00"
    assert colours.names == ("red", "green", "blue")
    assert colours.problems == (f"The colour '{name}' of taker is left out: the name exists.",)


def test_of_two_packages_with_one_name_the_first_by_name_has_it(site: Path) -> None:
    install(site, "second", "X = 'x222'\n", "blue = second:X")
    install(site, "first", "X = 'x111'\n", "blue = first:X")
    colours = registry()
    assert colours["blue"] == "x111"
    assert colours.problems == ("The colour 'blue' of second is left out: the name exists.",)


def test_a_plug_in_with_a_name_that_cannot_be_one(site: Path) -> None:
    install(site, "odd", "X = 'xe00'\n", "dark red = odd:X")
    colours = registry()
    assert colours.names == ("red", "green")
    [problem] = colours.problems
    assert "'dark red' cannot name a colour" in problem


def test_an_alias_of_several_things_is_the_first_ones() -> None:
    shades = Registry(
        "shade", GROUP, lambda: {"scarlet": "1"}, checked, aliases=lambda shade: ("red",)
    )
    shades.register("crimson", "2")
    assert shades["red"] == shades["scarlet"] == "1"
    assert shades["crimson"] == "2"
    assert shades.names == ("scarlet", "crimson")
