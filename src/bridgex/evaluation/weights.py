"""What the members of a combination weigh, from development items and a prior."""

from collections.abc import Sequence
from dataclasses import replace

from bridgex.evaluation.route import fitted
from bridgex.evaluation.run import run
from bridgex.evaluation.strategies import DIRECT, ENGLISH, AnyStrategy, Route, Strategy
from bridgex.session import ModelSession
from bridgex.tasks.base import Task

PRIOR_ITEMS = 10.0
"""How many development items the prior counts as."""
PRIOR_SHARE = 0.5
"""What directly and through English weigh together, before anything is known, where members are
chosen."""
ROUNDS = 1000
CHANGE = 1e-9


def settled(
    session: ModelSession, task: Task, strategy: AnyStrategy, *, shots: int, chat: bool
) -> AnyStrategy:
    """Return a combination with weights, and with the members that stay where those are chosen.

    The weights are those of the mixture of members under which the right answers to the development
    items are likeliest (`mixture`), in hundredths. A member whose right answers are another's too
    weighs little, however many they are. Where members are chosen, those stay that weigh at least
    half of an equal share. Without development items the prior decides. A route gets its
    coefficients (`bridgex.evaluation.route.fitted`).

    Args:
        session: the model.
        task: with its development items; those evaluated are not looked at.
        strategy: returned as it is where it is no combination or has its weights already.
        shots: solved examples before each prompt.
        chat: whether prompts are wrapped in the model's chat template.

    Raises:
        BridgexError: as `bridgex.evaluation.run.run`.
    """
    if isinstance(strategy, Route):
        known = strategy.coefficients is not None
        return strategy if known else fitted(session, task, strategy, shots=shots, chat=chat)
    if isinstance(strategy, Strategy) or strategy.weights is not None:
        return strategy
    members, tried = strategy.members, task.on_development()
    scores = [
        run(session, tried, member, shots=shots, chat=chat).scores if tried.items else []
        for member in members
    ]
    weights = mixture(scores, prior(members, chosen=strategy.chosen))
    kept = [
        (member, round(100 * weight))
        for member, weight in zip(members, weights, strict=True)
        if not strategy.chosen or weight >= 0.5 / len(members)
    ]
    return replace(
        strategy,
        members=tuple(member for member, _ in kept),
        weights=tuple(weight for _, weight in kept),
    )


def prior(members: Sequence[Strategy], *, chosen: bool) -> list[float]:
    """Return what members weigh before anything is known of them, summing to 1.

    All the same where the user named them. Where they are chosen, half of it is shared by going
    directly and through English, since validation found no chooser that does better than those.
    """
    usual = [member == DIRECT or _through_english(member) for member in members]
    if not chosen or not any(usual) or all(usual):
        return [1 / len(members)] * len(members)
    few = sum(usual)
    return [
        PRIOR_SHARE / few if each else (1 - PRIOR_SHARE) / (len(members) - few) for each in usual
    ]


def mixture(scores: Sequence[Sequence[float]], prior: Sequence[float]) -> list[float]:
    """Return the weights of a mixture that gives right answers the highest probability.

    They maximise sum_i log(sum_k w_k s_ki) + m sum_k p_k log(w_k), with s_ki the score of member k
    on item i, p the prior and m the items it counts as: the mode under a Dirichlet prior, found by
    expectation maximisation (Dempster et al. 1977). The function is concave, so there is one.

    Args:
        scores: (members, items), at least 0; their scale does not matter.
        prior: (members,), summing to 1.
    """
    items = [item for item in zip(*scores, strict=True) if any(item)]
    weights = list(prior)
    for _ in range(ROUNDS):
        shares = [PRIOR_ITEMS * each for each in prior]
        for item in items:
            parts = [weight * score for weight, score in zip(weights, item, strict=True)]
            total = sum(parts)
            shares = [share + part / total for share, part in zip(shares, parts, strict=True)]
        updated = [share / (PRIOR_ITEMS + len(items)) for share in shares]
        change = max(abs(new - old) for new, old in zip(updated, weights, strict=True))
        weights = updated
        if change < CHANGE:
            break
    return weights


def _through_english(member: Strategy) -> bool:
    return member.bridge is not None and member.bridge.code == ENGLISH
