"""The tables of each kind of result."""

from collections.abc import Sequence
from typing import Any

from bridgex.bridges import BridgeRanking
from bridgex.dependence import p_text
from bridgex.evaluation.results import RIVALS, Evaluation, StrategyResult
from bridgex.experiments.ablated import Ablation
from bridgex.experiments.advice import Advice
from bridgex.experiments.case import Case
from bridgex.experiments.measures import Mean, Share
from bridgex.experiments.validation import Validation
from bridgex.neurons import Spectrum
from bridgex.report.explain.explanation import percent
from bridgex.report.figures.scores import standing
from bridgex.report.html.explorer import probe_words
from bridgex.report.html.tables import Cell, Column, Table
from bridgex.report.names import language_name, language_of, pair_name, strategy_name
from bridgex.report.points import points
from bridgex.result import Result

P = "p"


def tables_of(result: Result, name: str) -> list[Table]:
    """Return the tables of a result; their names begin with ``name``."""
    tables: list[Table] = []
    match result:
        case BridgeRanking():
            tables = _ranking(result, name)
        case Spectrum():
            tables = _spectrum(result, name)
        case Evaluation():
            tables = [_strategies(result.results, f"{name}-strategies", result.level)]
        case Case():
            tables = [
                _strategies(result.results, f"{name}-strategies", result.level),
                _choices([result], f"{name}-choices"),
            ]
        case Ablation():
            tables = [_silenced(result, f"{name}-silenced")]
        case Advice():
            tables = _advice(result, name)
        case Validation():
            tables = [
                _choosers(result, f"{name}-choosers"),
                _cases(result.cases, f"{name}-cases"),
                _choices(result.cases, f"{name}-choices"),
            ]
    return tables


def _advice(advice: Advice, name: str) -> list[Table]:
    metric = advice.metric
    tables = [
        Table(
            f"{name}-ways",
            "Ways tried",
            "Gains are drawn towards 0; intervals and p are corrected for the number of ways.",
            [
                Column("Way"),
                Column("Strategy"),
                Column(metric, ".1f"),
                Column("Gain", "+.1f", "points over the direct prompt"),
                Column("from", "+.1f"),
                Column("to", "+.1f"),
                Column(P, ".3g", "one-sided"),
                Column("Texts read", ",d"),
                Column("Tokens generated", ",d"),
            ],
            [
                (
                    each.name,
                    each.strategy,
                    points(metric, each.value),
                    each.gain and points(metric, each.gain.value),
                    each.gain and points(metric, each.gain.low),
                    each.gain and points(metric, each.gain.high),
                    each.gain and each.gain.p_value,
                    each.cost.passes,
                    each.cost.generated,
                )
                for each in advice.tried
            ],
        ),
        Table(
            f"{name}-prompts",
            "Prompts",
            "{text} stands for the text, {pivot} for its translation into the bridge.",
            [Column("Way"), Column("Prompt into the bridge"), Column("Prompt")],
            [(each.way, each.pivot_prompt, each.prompt) for each in advice.templates],
        ),
    ]
    return [table for table in tables if table.rows]


def _silenced(ablation: Ablation, name: str) -> Table:
    return Table(
        name,
        "Neurons silenced",
        "Change of the answers' log-probability in nats; what counts is the difference from "
        "matched random neurons.",
        [
            Column("Silenced"),
            Column("Held at"),
            Column("Answers"),
            Column("Neurons", "d"),
            Column("Change", "+.2f"),
            Column("Random", "+.2f", "mean of matched random neurons"),
            Column("− random", "+.2f"),
            Column(P, ".3g", "against random neurons, corrected for the number of bridges"),
            Column("− same script", "+.2f", "neurons of other bridges in the same script"),
            Column("Accuracy", ".1f", "percent, whole model"),
            Column("Its change", "+.1f", "points"),
        ],
        [
            (
                language_name(row["silenced"].partition(":")[2]) or "anchor",
                row["how"],
                strategy_name(row["strategy"]),
                row["neurons"],
                row["nats"],
                row["random_nats"],
                row["minus_random"],
                row["p_random"],
                row["minus_same_script"],
                points("accuracy", row["accuracy"]),
                None
                if row["accuracy_change"] is None
                else points("accuracy", row["accuracy_change"]),
            )
            for row in ablation.rows()
        ],
    )


def p_cell(p: float, *, at_floor: bool) -> Cell:
    """Return a p-value as it is written: one that no draw reached is a bound."""
    return Cell(p_text(p, at_floor=at_floor), p)


def _ranking(ranking: BridgeRanking, name: str) -> list[Table]:
    level = percent(ranking.level)
    tables = [
        Table(
            f"{name}-candidates",
            "Candidates",
            "Best first. Where intervals overlap widely, the order says little.",
            [
                Column("Bridge"),
                Column("Score", ".4f"),
                Column(f"{level} from", ".4f"),
                Column("to", ".4f"),
                Column("Random neurons", ".4f", "their mean"),
                Column("95 % of them below", ".4f"),
                Column(P, ".3g", "against random neurons, corrected for the number of candidates"),
                Column("Neurons", ",d"),
                Column("Standing"),
            ],
            [
                (
                    language_name(code),
                    score.value,
                    score.interval and score.interval.low,
                    score.interval and score.interval.high,
                    score.null and score.null.mean,
                    score.null and score.null.high,
                    score.null and p_cell(score.null.p_corrected, at_floor=score.null.at_floor),
                    score.size,
                    standing(ranking, code),
                )
                for code, score in ranking.scores.items()
            ],
        )
    ]
    band = sorted({*ranking.layers, *ranking.skipped})
    if band:
        tables.append(
            Table(
                f"{name}-layers",
                "Layer by layer",
                "A layer counts where the anchor and every candidate have two neurons or more.",
                [
                    Column("Layer"),
                    Column("Bridge"),
                    Column("Score", ".4f"),
                    Column("Neurons", ",d"),
                    Column("Anchor", ",d", "neurons of the anchor"),
                    Column("Compared at", ",d", "neurons every candidate was drawn down to"),
                    Column("Left out because"),
                ],
                [
                    (
                        at,
                        language_name(code),
                        score.per_layer.get(at),
                        score.sizes.get(at),
                        ranking.anchor.get(at),
                        ranking.matched.get(at),
                        ranking.skipped.get(at),
                    )
                    for at in band
                    for code, score in ranking.scores.items()
                ],
                by_layer=True,
            )
        )
    if words := probe_words(ranking):
        columns = ["Word", "Accepted", "The model wrote", "Taken as"]
        tables.append(
            Table(
                f"{name}-words",
                "Words of the probe",
                "What the model itself makes of each word, asked with the same prompt.",
                [Column(each) for each in columns],
                words,
            )
        )
    return tables


def _spectrum(spectrum: Spectrum, name: str) -> list[Table]:
    tested: list[tuple[object, ...]] = [
        (grouping, title, one.value, one.chance, p_cell(one.p_value, at_floor=one.at_floor))
        for grouping, agreement in spectrum.whole.agreement.items()
        for title, one in (
            ("Mantel r of the Jaccard index", agreement.mantel),
            ("Mantel r of the tree", agreement.cophenetic),
            ("Nearest language is a relative", agreement.nearest),
            ("Purity of clusters", agreement.clusters),
        )
    ]
    matrices = spectrum.whole.matrices
    tables = [
        Table(
            f"{name}-pairs",
            "Languages two by two",
            "Chance is what two sets as large share in each layer when drawn at random.",
            [
                Column("First"),
                Column("Second"),
                Column("Shared", ",.0f"),
                Column("By chance", ",.1f"),
                Column("Jaccard", ".3f"),
                Column("Similarity", ".3f"),
            ],
            [
                (
                    language_name(row["first"]),
                    language_name(row["second"]),
                    row["shared"],
                    row["chance"],
                    row["jaccard"],
                    row["similarity"],
                )
                for row in spectrum.rows()
            ],
        ),
        Table(
            f"{name}-languages",
            "Languages",
            "",
            [
                Column("Language"),
                Column("Endonym"),
                Column("Code"),
                Column("Family"),
                Column("Neurons", ",d"),
                Column("Decided by ties", ",d"),
            ],
            [
                (
                    language_name(code),
                    language.endonym if (language := language_of(code)) else None,
                    code,
                    language.family if language else None,
                    size,
                    spectrum.tied.get(code),
                )
                for code, size in zip(matrices.languages, matrices.sizes, strict=True)
            ],
        ),
    ]
    if tested:
        tables.insert(
            0,
            Table(
                f"{name}-agreement",
                "Agreement with families and branches of languages",
                "Above chance with a small p: languages of one group share more neurons.",
                [
                    Column("Grouping"),
                    Column("Statistic"),
                    Column("Value", ".2f"),
                    Column("By chance", ".2f"),
                    Column(P, ".2g", "one-sided"),
                ],
                tested,
            ),
        )
    return tables


def _strategies(results: Sequence[StrategyResult], name: str, level: float) -> Table:
    measures = results[0].measures
    rivals = [each for each in RIVALS if any(each in one.differences for one in results)]
    columns = [Column("Strategy"), Column("Asked for as")]
    for measure in measures:
        form = ".1f"
        columns += [
            Column(measure.metric, form),
            Column(f"{percent(level)} from", form),
            Column("to", form),
        ]
    if any(result.commonest for result in results):
        columns += [
            Column("Commonest answer"),
            Column("given", ".0f", "percent of the answers that are the commonest one"),
        ]
    for rival in rivals:
        columns += [
            Column(f"minus {strategy_name(rival)}", "+.1f", "points, on the same items"),
            Column("from", "+.1f"),
            Column("to", "+.1f"),
            Column(P, ".3g"),
        ]
    return Table(
        name,
        "Strategies",
        "A difference whose interval holds 0 is no difference that these items show.",
        columns,
        [
            _strategy(result, rivals, beside=any(each.commonest for each in results))
            for result in results
        ],
    )


def _strategy(result: StrategyResult, rivals: Sequence[str], *, beside: bool) -> tuple[object, ...]:
    row: list[object] = [strategy_name(result.strategy), result.name]
    for measure in result.measures:
        bounds = result.intervals[measure.metric]
        row += [points(measure.metric, each) for each in (measure.value, bounds.low, bounds.high)]
    if beside:
        given = result.commonest
        row += [given.answer, given.share * 100] if given else [None, None]
    metric = result.measures[0].metric
    for rival in rivals:
        difference = result.differences.get(rival, {}).get(metric)
        row += (
            [
                points(metric, difference.value),
                points(metric, difference.interval.low),
                points(metric, difference.interval.high),
                difference.p_value,
            ]
            if difference
            else [None] * 4
        )
    return tuple(row)


def _choosers(validation: Validation, name: str) -> Table:
    def mean(of: Mean, metric: str | None) -> list[object]:
        if metric is None:
            return [of.value]
        bounds = (of.interval.low, of.interval.high) if of.interval else (None, None)
        return [None if each is None else points(metric, each) for each in (of.value, *bounds)]

    def share(of: Share) -> str | None:
        return f"{of.right} of {of.times}" if of.times else None

    return Table(
        name,
        "Choosers",
        "Regret is what the named bridge falls short of the best one; small is good.",
        [
            Column("Task"),
            Column("Chooser"),
            Column("Named a bridge", None, "pairs with a first place, of those asked"),
            Column("Regret", ".1f"),
            Column("95 % from", ".1f"),
            Column("to", ".1f"),
            Column("Over direct", "+.1f"),
            Column("from", "+.1f"),
            Column("to", "+.1f"),
            Column("Kendall's τ", "+.2f", "of score and accuracy"),
            Column("Share best", ".2f", "of first places that nothing is better than"),
            Column("Ties right", None),
            Column("Undetermined right", None),
            Column("Direct right", None),
            Column("Texts read", ",d"),
            Column("Tokens generated", ",d"),
        ],
        [
            (
                each.task,
                each.chooser,
                f"{each.chose} of {each.pairs + len(each.gaps)}",
                *mean(each.regret, each.metric),
                *mean(each.over_direct, each.metric),
                *mean(each.tau, None),
                each.hit.value,
                share(each.tie),
                share(each.undetermined),
                share(each.direct),
                each.cost.passes,
                each.cost.generated,
            )
            for each in validation.summaries
        ],
    )


def _cases(cases: Sequence[Case], name: str) -> Table:
    ways = list(dict.fromkeys(way for case in cases for way in case.accuracy))
    return Table(
        name,
        "What was measured",
        "Every candidate and direct prompting, on the same items of each pair.",
        [
            Column("Task"),
            Column("Pair"),
            Column("Items", ",d"),
            Column("Metric"),
            *(Column(strategy_name(way), ".1f") for way in ways),
        ],
        [
            (
                case.task,
                pair_name(case.pair),
                case.items,
                case.metric,
                *(_measured(case, way) for way in ways),
            )
            for case in cases
        ],
    )


def _measured(case: Case, way: str) -> float | None:
    value = case.accuracy.get(way)
    return None if value is None else points(case.metric, value)


def _choices(cases: Sequence[Case], name: str) -> Table:
    def scaled(case: Case, value: float | None) -> float | None:
        return None if value is None else points(case.metric, value)

    rows: list[tuple[Any, ...]] = [
        (
            case.task,
            pair_name(case.pair),
            chooser,
            chosen.ranking.verdict.kind,
            ", ".join(language_name(code) for code in chosen.judgement.first),
            strategy_name(chosen.advice),
            scaled(case, chosen.judgement.regret),
            chosen.judgement.tau,
        )
        for case in cases
        for chooser, chosen in case.chosen.items()
    ]
    rows += [
        (
            case.task,
            pair_name(case.pair),
            chooser,
            f"could not serve it: {why}",
            None,
            None,
            None,
            None,
        )
        for case in cases
        for chooser, why in case.gaps.items()
    ]
    return Table(
        name,
        "What choosers said",
        "",
        [
            Column("Task"),
            Column("Pair"),
            Column("Chooser"),
            Column("Verdict"),
            Column("First"),
            Column("Advice"),
            Column("Regret", ".1f"),
            Column("Kendall's τ", "+.2f"),
        ],
        rows,
    )
