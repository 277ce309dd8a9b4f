"""Every definition of the bridge score at once, from the same captured activations.

A view is a set of prompts pooled in one way: ``direct/last/understood``. In each view and layer the
kernel of a set of neurons is made once, and every measure is read off the same centred matrices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from bridgex.dependence import random_subsets
from bridgex.dependence.hsic import centred_, normalised_inner
from bridgex.dependence.kernels import (
    centred_and_scaled,
    gaussian_gram,
    median_bandwidth,
    median_of_distances,
    pair_medians,
    squared_distances,
    standardise,
)
from bridgex.errors import DependenceUndefinedError
from bridgex.neurons import ActivationStats, NeuronSet, Selection, select

MEASURES = ("hsic_biased", "hsic_unbiased", "cka", "cka_debiased")
SETS = ("specific", "exclusive", "all")
PARTIAL = "partial"
"""`specific`, given a random set of its size: partial correlation of the centred kernels, as the
partial distance correlation of Székely and Rizzo (2014), of which CKA is the correlation."""
SIZES = ("matched", "as they come")
DRAWS = 4
FULL_ACTIVATION = 0.95
FEWEST = 2
SELECTIONS: Mapping[str, Selection] = {
    f"{method}{' without universal' if without else ''}": Selection(
        method=method, rate=0.05 if method == "lape" else 0.1, without_universal=without
    )
    for method in ("top", "lape", "lift")
    for without in (False, True)
}
"""At the rate of the demo preset; LAPE finds fewer neurons above its percentile."""


@dataclass(frozen=True)
class Kind:
    """A definition within a view, but for the layers that are averaged over."""

    selection: str
    bridge_set: str
    size: str
    measure: str
    aggregation: str


def kinds(*, best_match: bool) -> tuple[Kind, ...]:
    """Return the definitions of a view, in the order of `scores`."""
    joint = [
        Kind(selection, which, size, measure, "joint")
        for selection, which, size, measure in product(
            SELECTIONS, (*SETS, PARTIAL), SIZES, MEASURES
        )
        if which != PARTIAL or measure.startswith("cka")
    ]
    matched = [Kind(*each, "best_match") for each in product(SELECTIONS, SETS, SIZES, MEASURES)]
    return tuple(joint + (matched if best_match else []))


@dataclass(frozen=True)
class Sets:
    """The neurons of one selection, masks per layer.

    Attributes:
        anchor: of source and target.
        bridges: kind of set → candidate → its neurons.
        pool: neurons of none of these languages.
    """

    anchor: tuple[Tensor, ...]
    bridges: Mapping[str, Mapping[str, tuple[Tensor, ...]]]
    pool: tuple[Tensor, ...]


def sets_of(
    stats: Mapping[str, ActivationStats], pair: tuple[str, str], selection: Selection
) -> Sets:
    """Form anchor, bridge sets and pool of one selection."""
    neurons = select(stats, selection)
    source, target = (neurons[code] for code in pair)
    others = {code: each for code, each in neurons.items() if code not in pair}
    anchor = source & target
    union: NeuronSet = source | target
    for each in others.values():
        union = union | each
    return Sets(
        anchor.mask,
        {
            "specific": {code: (each - anchor).mask for code, each in others.items()},
            "exclusive": {code: (each - (source | target)).mask for code, each in others.items()},
            "all": {code: each.mask for code, each in others.items()},
        },
        tuple(~mask for mask in union.mask),
    )


@dataclass(frozen=True)
class View:
    """Activations of one way to prompt and pool.

    Attributes:
        name: ``direct/last/understood``.
        values: candidate → per layer (width, prompts); the same for all but bridged prompts.
        best_match: whether neuron-by-neuron measures are computed, too.
    """

    name: str
    values: Mapping[str, tuple[Tensor, ...]]
    best_match: bool


def scores(view: View, sets: Mapping[str, Sets], seed: int = 0) -> Tensor:
    """Return the score of each definition, candidate and layer; NaN where it has none.

    Args:
        view: activations.
        sets: selection → its neurons; a selection that cannot be made is missing.
        seed: of the draws.

    Returns:
        (kinds, candidates, layers) float32, in the order of `kinds` and of the view's candidates.
    """
    order = kinds(best_match=view.best_match)
    codes = tuple(view.values)
    depth = len(view.values[codes[0]])
    found = torch.full((len(order), len(codes), depth), torch.nan)
    for layer in range(depth):
        cells = _layer_scores(view, sets, layer, codes, seed)
        for at, kind in enumerate(order):
            for column, code in enumerate(codes):
                found[at, column, layer] = cells.get((kind, code), torch.nan)
    return found


def _layer_scores(
    view: View, sets: Mapping[str, Sets], layer: int, codes: Sequence[str], seed: int
) -> dict[tuple[Kind, str], float]:
    cells: dict[tuple[Kind, str], float] = {}
    same = len({id(each[layer]) for each in view.values.values()}) == 1
    groups = [codes] if same else [(code,) for code in codes]
    for group in groups:
        raw = view.values[group[0]][layer]
        usable = ~centred_and_scaled(raw)[1]
        scaled = torch.zeros_like(raw)
        scaled[usable] = standardise(raw[usable])
        active = usable & ((raw > 0).double().mean(1) >= FULL_ACTIVATION)
        drawn = {
            name: _drawn(each, layer, codes, active, usable, seed) for name, each in sets.items()
        }
        for name, some in drawn.items():
            cells |= _joint(name, some, scaled, group)
        if view.best_match:
            cells |= _best_match(drawn, scaled, _with_bandwidth(scaled, usable), group)
    return cells


def _with_bandwidth(scaled: Tensor, usable: Tensor) -> Tensor:
    """Return which neurons have a median bandwidth of their own, (width,) bool."""
    positive = usable.clone()
    positive[usable] = pair_medians(scaled[usable]) > 0
    return positive


@dataclass(frozen=True)
class _Drawn:
    """Row numbers of the sets of one layer and selection.

    Attributes:
        anchor: rows of the anchor.
        bridges: (kind of set, size, candidate) → draws of its rows; one where sizes are as they
            come.
        random: (size, candidate) → draws of random rows as many as the specific set has.
    """

    anchor: Tensor
    bridges: Mapping[tuple[str, str, str], list[Tensor]]
    random: Mapping[tuple[str, str], list[Tensor]]


def _drawn(
    sets: Sets, layer: int, codes: Sequence[str], active: Tensor, usable: Tensor, seed: int
) -> _Drawn:
    anchor = (sets.anchor[layer] & active).nonzero().flatten()
    pool = (sets.pool[layer] & usable).nonzero().flatten()
    bridges: dict[tuple[str, str, str], list[Tensor]] = {}
    random: dict[tuple[str, str], list[Tensor]] = {}
    if len(anchor) < FEWEST:
        return _Drawn(anchor, bridges, random)
    for which in SETS:
        rows = {
            code: (sets.bridges[which][code][layer] & active).nonzero().flatten() for code in codes
        }
        smallest = min(map(len, rows.values()))
        for at, (code, own) in enumerate(rows.items()):
            if len(own) >= FEWEST:
                bridges[which, "as they come", code] = [own]
            if smallest >= FEWEST:
                bridges[which, "matched", code] = _subsets(own, smallest, seed + at)
            if which == "specific":
                for size, count in (("as they come", len(own)), ("matched", smallest)):
                    if FEWEST <= count <= len(pool):
                        random[size, code] = _subsets(pool, count, seed + 100 + at)
    return _Drawn(anchor, bridges, random)


def _subsets(rows: Tensor, size: int, seed: int) -> list[Tensor]:
    if size == len(rows):
        return [rows]
    return [rows[each] for each in random_subsets(len(rows), size, DRAWS, seed)]


def _joint(
    selection: str, drawn: _Drawn, scaled: Tensor, codes: Sequence[str]
) -> dict[tuple[Kind, str], float]:
    wanted = {key: rows for key, rows in drawn.bridges.items() if key[2] in codes}
    if not wanted:
        return {}
    random = {key: rows for key, rows in drawn.random.items() if key[1] in codes}
    every = [drawn.anchor]
    places: dict[tuple[str, ...], list[int]] = {}
    for key, draws in (*wanted.items(), *random.items()):
        places[key] = list(range(len(every), len(every) + len(draws)))
        every += draws
    distances = torch.stack([squared_distances(scaled[rows]) for rows in every])
    try:
        sigma = median_of_distances(distances)
    except DependenceUndefinedError:
        return {}
    grams = torch.exp(distances * (-0.5 / sigma**2)[:, None, None])
    inner = {unbiased: _Inner(grams, unbiased) for unbiased in (False, True)}
    cells: dict[tuple[Kind, str], float] = {}
    for which, size, code in wanted:
        at = places[which, size, code]
        for measure in MEASURES:
            values = inner[measure in {"hsic_unbiased", "cka_debiased"}].value(
                at, aligned=measure.startswith("cka")
            )
            cells[Kind(selection, which, size, measure, "joint"), code] = float(values.mean())
        if which == "specific" and (size, code) in places:
            chance = places[size, code]
            for measure in ("cka", "cka_debiased"):
                values = inner[measure == "cka_debiased"].partial(at, chance)
                kind = Kind(selection, PARTIAL, size, measure, "joint")
                cells[kind, code] = float(values.mean())
    return cells


class _Inner:
    """Inner products of the centred kernels of some sets, the anchor's first."""

    def __init__(self, grams: Tensor, unbiased: bool) -> None:
        self._n, self._unbiased = grams.shape[-1], unbiased
        self._centred = centred_(grams.clone(), unbiased=unbiased).flatten(1)
        self._with_anchor = self._hsic(self._centred @ self._centred[0])
        self._norms = self._hsic(self._centred.square().sum(1)).sqrt()

    def _hsic(self, inner: Tensor) -> Tensor:
        return normalised_inner(inner, self._n, unbiased=self._unbiased)

    def value(self, at: Sequence[int], *, aligned: bool) -> Tensor:
        """Return the dependence of the anchor and some sets, (sets,)."""
        cross = self._with_anchor[list(at)]
        return cross / (self._norms[0] * self._norms[list(at)]) if aligned else cross

    def partial(self, at: Sequence[int], given: Sequence[int]) -> Tensor:
        """Return the alignment of the anchor and some sets given others, (sets · others,)."""
        bridge, chance = torch.tensor(list(product(at, given))).unbind(1)
        cross = self._hsic((self._centred[bridge] * self._centred[chance]).sum(-1))
        cross = cross / (self._norms[bridge] * self._norms[chance])
        mine = self._with_anchor[bridge] / (self._norms[0] * self._norms[bridge])
        theirs = self._with_anchor[chance] / (self._norms[0] * self._norms[chance])
        norm: Tensor = ((1 - theirs**2) * (1 - cross**2)).sqrt()
        return (mine - theirs * cross) / norm


def _best_match(
    drawn: Mapping[str, _Drawn], scaled: Tensor, defined: Tensor, codes: Sequence[str]
) -> dict[tuple[Kind, str], float]:
    """Return the mean of best partners, both ways, for every set from one matrix of pairs."""
    used = [each for each in drawn.values() if each.bridges]
    if not used:
        return {}
    anchors = _rows([each.anchor for each in used], defined)
    others = _rows(
        [rows for each in used for draws in each.bridges.values() for rows in draws], defined
    )
    if not len(anchors) or not len(others):
        return {}
    tables = _pairs(scaled[anchors], scaled[others])
    place_a, place_b = (_places(rows, len(scaled)) for rows in (anchors, others))
    cells: dict[tuple[Kind, str], float] = {}
    for selection, each in drawn.items():
        for (which, size, code), draws in each.bridges.items():
            if code not in codes:
                continue
            mine = place_a[each.anchor[defined[each.anchor]]]
            theirs = [place_b[rows[defined[rows]]] for rows in draws]
            if len(mine) < FEWEST or min(map(len, theirs)) < FEWEST:
                continue
            for measure, table in tables.items():
                rows = table[mine]
                values = [
                    float(some.amax(0).mean() + some.amax(1).mean()) / 2
                    for some in (rows[:, columns] for columns in theirs)
                ]
                kind = Kind(selection, which, size, measure, "best_match")
                cells[kind, code] = sum(values) / len(values)
    return cells


def _rows(sets: Sequence[Tensor], defined: Tensor) -> Tensor:
    rows: Tensor = torch.cat(list(sets)).unique()
    kept: Tensor = rows[defined[rows]]
    return kept


def _places(rows: Tensor, width: int) -> Tensor:
    places = torch.full((width,), -1)
    places[rows] = torch.arange(len(rows))
    return places


def _pairs(anchors: Tensor, others: Tensor) -> dict[str, Tensor]:
    """Return every measure of every pair of neurons: measure → (anchors, others)."""
    n = anchors.shape[1]
    grams = [gaussian_gram(x[:, None], median_bandwidth(x)) for x in (anchors, others)]
    tables: dict[str, Tensor] = {}
    for unbiased, plain, aligned in (
        (False, "hsic_biased", "cka"),
        (True, "hsic_unbiased", "cka_debiased"),
    ):
        K, L = (centred_(gram.clone(), unbiased=unbiased).flatten(1) for gram in grams)
        own_k, own_l = K.square().sum(1), L.square().sum(1)
        cross = K @ L.T
        tables[plain] = normalised_inner(cross, n, unbiased=unbiased)
        tables[aligned] = cross / (own_k[:, None] * own_l).sqrt()
    return tables
