"""A spectrum in sentences."""

from itertools import combinations

from bridgex.dependence import p_text
from bridgex.neurons import Spectrum, Statistic
from bridgex.report.explain.explanation import (
    Explanation,
    counted,
    model_name,
    more_text,
    notes,
    span,
    text_sentence,
)
from bridgex.report.names import language_name

ALPHA = 0.05


def explain_spectrum(spectrum: Spectrum) -> Explanation:
    """Return what a spectrum says in sentences."""
    settings = spectrum.provenance
    selection = settings.get("selection") or {}
    rate = f" ({selection['rate'] * 100:g} % of all)" if selection.get("rate") else ""
    return Explanation(
        answer=answer(spectrum),
        computed=tuple(
            filter(
                None,
                (
                    f"{counted(len(spectrum.languages), 'language')} were compared by the neurons "
                    f"that are most often active on each{rate}, on "
                    f"{model_name(settings, spectrum.signature)}.",
                    text_sentence(settings),
                    f"P-values come from {settings['permutations']:,} orders of the languages."
                    if settings.get("permutations")
                    else "",
                ),
            )
        ),
        why=tuple(_why(spectrum)),
        change=(
            *more_text(settings),
            "Another selection rate (--rate), or leaving out the neurons of every language "
            "(--without-universal).",
        ),
        caveats=(
            "Sharing neurons is no proof of descent: languages that share letters, borrowed words "
            "or training text share neurons, too.",
            *(f"Whole model: {gap}." for gap in spectrum.whole.gaps),
            *notes(spectrum.notes),
        ),
    )


def answer(spectrum: Spectrum) -> str:
    """Return what a spectrum says in at most three sentences."""
    if spectrum.warning:
        return spectrum.warning
    near = _extremes(spectrum)
    family = spectrum.whole.agreement.get("family")
    if family is None:
        return f"{near} Whether that follows families could not be tested."
    tested = family.mantel
    r = f"Mantel r = {tested.value:.2f}, p {_p(tested)}"
    if tested.p_value <= ALPHA and tested.value > 0:
        return f"Related languages share more neurons than unrelated ones ({r}). {near}"
    return f"No sign that related languages share more neurons than others ({r}). {near}"


def _extremes(spectrum: Spectrum) -> str:
    matrix = spectrum.whole.matrices
    known = {
        (i, j): value
        for i, j in combinations(range(len(matrix.languages)), 2)
        if (value := matrix.jaccard[i][j]) is not None
    }
    if not known:
        return "No two languages can be compared."

    def said(pair: tuple[int, int]) -> str:
        return " and ".join(language_name(matrix.languages[at]) for at in pair)

    most, least = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    nearest = f"{said(most)} share most, {known[most] * 100:.0f} % of the neurons that either has"
    if most == least:
        return f"{nearest}."
    return f"{nearest}; {said(least)} share least, {known[least] * 100:.0f} %."


def _p(tested: Statistic) -> str:
    shown = p_text(tested.p_value, at_floor=tested.at_floor)
    return shown if tested.at_floor else f"= {shown}"


def _why(spectrum: Spectrum) -> list[str]:
    whole = spectrum.whole
    sizes = whole.matrices.sizes
    sentences = [
        f"{whole.matrices.universal:,} neurons belong to all {len(sizes)} languages, which have "
        f"{span(sizes)} each."
    ]
    for name, agreement in whole.agreement.items():
        nearest = agreement.nearest
        sentences.append(
            f"By {name}: the nearest language is a relative for {nearest.value * 100:.0f} % of the "
            f"languages that have one, against {nearest.chance * 100:.0f} % by chance "
            f"(p {_p(nearest)})."
        )
    tied = [code for code, count in spectrum.tied.items() if count]
    if tied:
        sentences.append(
            f"Ties decided which neurons were selected for {counted(len(tied), 'language')}."
        )
    return sentences
