"""The page of results: the answer, how sure and why, figures, tables, items, origins."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from bridgex.bridges import BridgeRanking
from bridgex.choosers import ORACLE
from bridgex.errors import RequestError, ResultError
from bridgex.evaluation.results import Evaluation
from bridgex.experiments.ablated import Ablation
from bridgex.experiments.advice import Advice
from bridgex.experiments.case import Case
from bridgex.experiments.validation import Validation
from bridgex.neurons import Spectrum
from bridgex.report.explain import Explanation, explain
from bridgex.report.figures import Figure, figures_of
from bridgex.report.html.contents import tables_of
from bridgex.report.html.drawing import Drawn, drawings, within_page
from bridgex.report.html.explorer import MOST_BYTES, Explorer, explorer_of
from bridgex.report.html.repeat import commands, hints
from bridgex.report.html.sources import CITATION, licences, origins
from bridgex.report.html.tables import Column, Table
from bridgex.report.names import pair_name
from bridgex.report.text import visible
from bridgex.result import Result
from bridgex.version import __version__

ITEMS_OF_CASES = 24
"""Cases of one page whose items it shows; those of others are in the result's JSON."""
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


@dataclass(frozen=True)
class Part:
    """What a page says of one result.

    Attributes:
        name: unique in the page.
        kind: of the result.
        title: what it is of.
        explanation: what it says.
        drawings: its figures.
        missing: why figures that it could have had are not there.
        tables: its tables.
        explorers: title → items.
        licences: its texts.
        origins: what else it came from.
        commands: that make it again.
        hints: what the commands cannot name.
        signature: what the numbers came from, in one line.
    """

    name: str
    kind: str
    title: str
    explanation: Explanation | None
    drawings: Sequence[Drawn]
    missing: Sequence[str] = ()
    tables: Sequence[Table] = ()
    explorers: Sequence[tuple[str, Explorer]] = field(default=())
    licences: Table | None = None
    origins: str = ""
    commands: Sequence[str] = ()
    hints: Sequence[str] = ()
    signature: str = ""


def report_page(results: Sequence[Result]) -> str:
    """Return the page of one or more results.

    Rankings of one pair are shown together, too, by how scores grow. Several cases, such as those
    of a study, are one comparison of choosers for each model.

    Raises:
        RequestError: no result is given.
        ResultError: nothing is known to say of one, or a library is missing.
    """
    if not results:
        raise RequestError("A report is of at least one result; name its JSON file.")
    shown = _compared(results)
    parts = [_part(result, f"r{at}") for at, result in enumerate(shown, 1)]
    together = _together(shown)
    title = parts[0].title if len(parts) == 1 else f"{len(parts)} results"
    return _render(title=title, parts=[*together, *parts])


def figure_page(figure: Figure) -> str:
    """Return a page with one figure and its numbers."""
    header, rows = figure.table()
    table = Table(
        "data", "The numbers", "", [_column(name, rows, at) for at, name in enumerate(header)], rows
    )
    part = Part(
        "figure",
        "figure",
        figure.title,
        None,
        [within_page([figure], "page")],
        figure.notes,
        [table],
        signature=figure.signature,
    )
    return _render(title=figure.title, parts=[part])


def _column(name: str, rows: Sequence[Sequence[object]], at: int) -> Column:
    number = any(isinstance(row[at], float) for row in rows)
    return Column(name, ".4g" if number else None)


def _part(result: Result, name: str) -> Part:
    wanted = [each for each in figures_of(result.kind) if each != "growth"]
    made, missing = drawings([result], wanted, name)
    return Part(
        name=name,
        kind=result.kind,
        title=title_of(result),
        explanation=explain(result),
        drawings=made,
        missing=missing,
        tables=tables_of(result, name),
        explorers=_explorers(result, name),
        licences=licences(result, f"{name}-texts"),
        origins=origins(result),
        commands=commands(result),
        hints=hints(result),
        signature=visible(str(getattr(result, "signature", "")), keep=""),
    )


def title_of(result: Result) -> str:
    """Return what a result is of, short."""
    title: str = result.kind
    match result:
        case BridgeRanking():
            title = f"Bridges from {pair_name(result.pair)}"
        case Spectrum():
            title = f"Neurons that {len(result.languages)} languages share"
        case Evaluation() | Case():
            title = f"{visible(result.task, keep='')}, {pair_name(result.pair)}"
        case Advice():
            title = f"How to prompt for {visible(result.task, keep='')}, {pair_name(result.pair)}"
        case Validation():
            pairs = len({case.pair for case in result.cases})
            title = f"Choosers of bridges on {pairs} {'pair' if pairs == 1 else 'pairs'}"
        case Ablation():
            title = f"Neurons silenced, {pair_name(result.pair)}"
    return title


def _compared(results: Sequence[Result]) -> list[Result]:
    """Return results with several cases of a model as what compares choosers on them."""
    cases = [result for result in results if isinstance(result, Case)]
    if len(cases) < 2:
        return list(results)
    others = [result for result in results if not isinstance(result, Case)]
    return [*others, *(comparison(some) for some in _by_model(cases))]


def _by_model(cases: Sequence[Case]) -> list[list[Case]]:
    models = dict.fromkeys(case.model for case in cases)
    return [[case for case in cases if case.model == model] for model in models]


def comparison(cases: Sequence[Case]) -> Validation:
    """Return the choosers of some cases of one model compared, as far as cases say."""
    names = dict.fromkeys(name for case in cases for name in (*case.chosen, *case.gaps))
    choosers = [name for name in names if name != ORACLE] + [ORACLE] * (ORACLE in names)
    return Validation(tuple(choosers), tuple(cases), {}, signature=cases[0].model)


def _together(results: Sequence[Result]) -> list[Part]:
    """What several results show only together: scores that grow, and choosers over cases."""
    rankings = [each for each in results if isinstance(each, BridgeRanking)]
    cases = [each for each in results if isinstance(each, Case | Validation)]
    parts = []
    by_pair = {
        ranking.pair: [each for each in rankings if each.pair == ranking.pair]
        for ranking in rankings
    }
    for at, some in enumerate(some for some in by_pair.values() if len(some) > 1):
        made, missing = drawings(some, ["growth"], f"g{at}")
        if made:
            title = f"How scores grow, {pair_name(some[0].pair)}"
            parts.append(Part(f"g{at}", "rankings", title, None, made, missing))
    if len(cases) > 1:
        made, missing = drawings(cases, ["regret", "agreement", "cost"], "all")
        parts.append(Part("all", "cases", f"{len(cases)} results together", None, made, missing))
    return parts


def _explorers(result: Result, name: str) -> list[tuple[str, Explorer]]:
    if isinstance(result, (Evaluation, Case)):
        found = [("", explorer_of(result.results, f"{name}-items"))]
    elif isinstance(result, Validation):
        cases = result.cases[:ITEMS_OF_CASES]
        found = [
            (
                f"{visible(case.task, keep='')}, {pair_name(case.pair)}",
                explorer_of(case.results, f"{name}-items{at}", MOST_BYTES // len(cases)),
            )
            for at, case in enumerate(cases)
        ]
    else:
        return []
    return [(title, each) for title, each in found if each is not None]


@functools.cache
def _templates() -> Any:
    try:
        import jinja2
    except ImportError as problem:
        raise ResultError("A page needs Jinja2; pip install 'bridgex[report]'.") from problem
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bridgex.report.html", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["options"] = _options
    return environment


def _options(text: str) -> Markup:
    """Keep a line from ending within the name of an option, as browsers let it after a hyphen."""
    return Markup(_OPTION.sub(r'<span class="option">\g<0></span>', str(escape(text))))  # noqa: S704


def _render(*, title: str, parts: Sequence[Part]) -> str:
    import base64
    import hashlib

    templates = _templates()
    script = templates.get_template("page.js").render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    page: str = templates.get_template("page.html").render(
        title=title,
        parts=parts,
        style=templates.get_template("page.css").render(),
        script=script,
        script_digest=digest,
        citation=CITATION,
        version=__version__,
    )
    return page
