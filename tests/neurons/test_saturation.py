"""When a selection says nothing of languages, and at which rate it does."""

import torch

from bridgex.neurons import ActivationStats, Selection, matrices, select, spectrum_of, unsaturated
from bridgex.neurons.saturation import RATES, Saturation, saturation

CODES = ("a", "b", "c", "d")
TOKENS = 200


def stats(always: int, width: int = 1000, seed: int = 0) -> dict[str, ActivationStats]:
    """Four languages in two families; so many neurons are active on every token of each."""
    generator = torch.Generator().manual_seed(seed)
    family = torch.randint(1, TOKENS // 2, (2, width), generator=generator)
    counts = {}
    for at, code in enumerate(CODES):
        own = torch.randint(0, TOKENS // 2, (width,), generator=generator)
        positive = family[at // 2] + own
        positive[:always] = TOKENS
        counts[code] = ActivationStats("m", code, TOKENS, (positive,))
    return counts


def of(found: dict[str, ActivationStats], rate: float) -> Saturation:
    neurons = select(found, Selection(rate=rate))
    return saturation(neurons, matrices(found, neurons))


def test_always_active_neurons_saturate_a_low_rate() -> None:
    found = stats(always=40)
    first = of(found, 0.01)
    assert first.saturated
    assert first.tied == 1.0
    assert first.language in CODES
    assert first.reasons[0] == f"ties alone decide 100% of the neurons of {first.language}"
    assert unsaturated(found) == Selection(
        rate=next(r for r in RATES if not of(found, r).saturated)
    )
    assert not of(found, 0.1).saturated


def test_the_usual_rate_stays_where_it_says_something() -> None:
    assert not of(stats(always=0), 0.01).saturated
    assert unsaturated(stats(always=0)) == Selection()


def test_where_no_rate_helps_the_usual_one_is_kept_and_the_first_line_says_so() -> None:
    found = stats(always=400)
    assert unsaturated(found) == Selection()
    neurons = select(found, Selection())
    whole = spectrum_of(found, neurons, {}, permutations=9)
    assert whole.warning.startswith("Saturated: ties alone decide 100% of the neurons of ")
    assert "Mantel p) say nothing" in whole.warning
    assert whole.summary().startswith(whole.warning)
    assert whole.to_dict()["derived"]["saturated"] is True


def test_alike_probabilities_saturate_without_a_tie() -> None:
    assert Saturation("a", 0.0, 0.96).saturated
    assert not Saturation("a", 0.1, 0.95).saturated
    assert Saturation("a", 0.11, None).saturated
    assert Saturation("a", 0.0, None).reasons == ()
