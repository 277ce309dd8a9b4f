"""Ways to prompt: directly, through a bridge language, or several of these together."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeAlias, get_args

from bridgex.errors import RequestError, nearest
from bridgex.languages import Language, find
from bridgex.tasks.scoring import RULES, Rule

AUTO = "auto"
ENGLISH = "en"


@dataclass(frozen=True)
class Strategy:
    """One way to prompt.

    Attributes:
        bridge: the bridge language; None for direct prompting.
        keep_source: whether the source text stays beside its pivot translation.
    """

    bridge: Language | None = None
    keep_source: bool = True

    def __str__(self) -> str:
        if self.bridge is None:
            return "direct"
        return f"{'bridge' if self.keep_source else 'replace'}:{self.bridge.code}"

    @property
    def asked(self) -> tuple["Strategy", ...]:
        """What the model is asked: this strategy."""
        return (self,)

    def spoken(self, by_code: Mapping[str, Language]) -> "Strategy":
        """Return the same with the bridge as the texts of a run name it."""
        return replace(self, bridge=self.bridge and by_code.get(self.bridge.code, self.bridge))


DIRECT = Strategy()

Pooling = Literal["vote", "average", "average_log", "max", "rescore"]
"""How several answers become one; see `bridgex.evaluation.pooling`."""

POOLINGS: tuple[Pooling, ...] = get_args(Pooling)


@dataclass(frozen=True)
class Combination:
    """Several strategies whose answers to an item become one.

    Its name tells all that its answers depend on; the order in which members were named does not.

    Attributes:
        pooling: how answers become one.
        members: directly first, then through English, then by name.
        weights: of each member, in hundredths of the whole; None until development items settle
            them (`bridgex.evaluation.weights`).
        scoring: what answers are scored by; None for the task's rule, and for the plain
            log-probability where answers are free text. Votes have none.
        chosen: whether development items also settle which members stay.
    """

    pooling: Pooling
    members: tuple[Strategy, ...]
    weights: tuple[int, ...] | None = None
    scoring: Rule | None = None
    chosen: bool = False

    def __str__(self) -> str:
        scoring = f"/{self.scoring}" if self.scoring else ""
        return f"{self.pooling}{scoring}:{self.members_label}"

    @property
    def members_label(self) -> str:
        """The members and what they weigh, as they are written in a name."""
        names = [_short(member) for member in self.members]
        if self.weights is not None:
            weighed = zip(names, self.weights, strict=True)
            names = [f"{name}@{weight}" for name, weight in weighed]
        return "+".join(names)

    @property
    def asked(self) -> tuple[Strategy, ...]:
        """What the model is asked: the members, and directly where that rescores them."""
        return tuple(dict.fromkeys((*self.members, *self.scorers)))

    @property
    def scorers(self) -> tuple[Strategy, ...]:
        """The strategies whose prompts score the answers."""
        if self.pooling == "vote":
            return ()
        return (DIRECT,) if self.pooling == "rescore" else self.members

    def weight(self, strategy: Strategy) -> float:
        """Return what a strategy weighs: all the same until settled; 1 if it is no member."""
        if self.weights is None or strategy not in self.members:
            return 1.0
        return self.weights[self.members.index(strategy)] / 100

    def spoken(self, by_code: Mapping[str, Language]) -> "Combination":
        """Return the same with the bridges as the texts of a run name them."""
        return replace(self, members=tuple(member.spoken(by_code) for member in self.members))


@dataclass(frozen=True)
class Route:
    """The direct prompt or another way, item by item; see `bridgex.evaluation.route`.

    Attributes:
        members: the direct prompt, then through English, then by name; the second is asked first.
        coefficients: of the regression that chooses; None until development items settle them.
    """

    members: tuple[Strategy, ...]
    coefficients: tuple[float, ...] | None = None

    features: ClassVar[int] = 6
    """Of an item and a way; each way but the direct prompt is one more."""

    def __str__(self) -> str:
        learnt = "_".join(f"{each:g}" for each in self.coefficients or ())
        members = "+".join(map(_short, self.members))
        return f"{ROUTE}[{learnt}]:{members}" if learnt else f"{ROUTE}:{members}"

    @property
    def asked(self) -> tuple[Strategy, ...]:
        """What the model is asked: the members."""
        return self.members

    def spoken(self, by_code: Mapping[str, Language]) -> "Route":
        """Return the same with the bridges as the texts of a run name them."""
        return replace(self, members=tuple(member.spoken(by_code) for member in self.members))


AnyStrategy: TypeAlias = Strategy | Combination | Route

ROUTE = "route"
_KINDS = "|".join((*POOLINGS, ROUTE))
_COMBINED = re.compile(rf"({_KINDS})(?:/([a-z_]*)|\[([^\]]*)\])?:(.*)", re.DOTALL)
FEWEST = 2
"""Members of a combination."""


def parse(
    name: str,
    pair: tuple[Language, Language],
    recommended: Strategy | None,
    candidates: Sequence[Language] = (),
) -> AnyStrategy:
    """Return the strategy that a name stands for.

    Args:
        name: ``direct``; ``bridge:K``, the pivot translation into K beside the source text;
            ``replace:K``, in its place; K is a language, or ``auto`` for the recommended one.
            ``vote:M+M+…``, likewise ``average``, ``average_log``, ``max``, ``rescore`` and
            ``route``, of the members M: each of the above, or K for ``bridge:K``; ``auto`` for
            directly and all candidates. ``average/per_byte:…`` names what answers are scored by,
            ``M@40`` what a member weighs.
        pair: source and target language.
        recommended: what ``auto`` stands for.
        candidates: what the members of a combination are where they are ``auto``.

    Raises:
        RequestError: no such strategy, the bridge is a language of the pair, or the members of a
            combination repeat, are too few, or are not weighed as one.
        UnknownLanguageError: K is no language.
    """
    combined = _COMBINED.fullmatch(name.strip())
    if combined is None:
        return parse_single(name, pair, recommended)
    named_pooling, scoring, learnt, members = combined.groups()
    if named_pooling == ROUTE and scoring is None:
        return _route(name, pair, learnt, members, candidates)
    if named_pooling == ROUTE or learnt is not None:
        raise RequestError(
            f"'{name}' is not how several strategies are written; use {named_pooling}:direct+en+fr."
        )
    pooling = next(each for each in POOLINGS if each == named_pooling)
    rule = _scoring(name, pooling, scoring)
    if members == AUTO:
        ways = (DIRECT, *(Strategy(candidate) for candidate in candidates))
        return Combination(pooling, _ordered(ways), None, rule, chosen=True)
    named = [part.partition("@") for part in members.split("+")]
    strategies = _members(name, pair, pooling, [way for way, _, _ in named])
    weights = [_weight(weight, name) if at else None for _, at, weight in named]
    given = dict(zip(strategies, weights, strict=True))
    ordered = _ordered(strategies)
    known = [weight for strategy in ordered if (weight := given[strategy]) is not None]
    if known and (len(known) < len(ordered) or not any(known)):
        raise RequestError(
            f"'{name}' does not say what every member weighs; write MEMBER@WEIGHT for each with "
            "one above 0, or for none to let development items decide."
        )
    return Combination(pooling, ordered, tuple(known) or None, rule)


def _route(
    name: str,
    pair: tuple[Language, Language],
    learnt: str | None,
    members: str,
    candidates: Sequence[Language],
) -> Route:
    if members == AUTO and learnt is None:
        return Route(_ordered((DIRECT, *map(Strategy, candidates))))
    if "@" in members:
        raise RequestError(
            f"A route learns from development items when to take which way; leave the weights out "
            f"of '{name}'."
        )
    ways = members.split("+")
    strategies = [DIRECT] if ways == [str(DIRECT)] else _members(name, pair, ROUTE, ways)
    if DIRECT not in strategies:
        raise RequestError(
            f"A route leaves the direct prompt where that pays; add direct to '{name}'."
        )
    route = Route(_ordered(strategies))
    if len(strategies) < FEWEST:  # what a route is that nothing was learnt for
        return replace(route, coefficients=())
    return route if learnt is None else replace(route, coefficients=_learnt(name, learnt, route))


def _learnt(name: str, text: str, route: Route) -> tuple[float, ...]:
    """Return the coefficients in a route's name."""
    needed = route.features + len(route.members) - 1
    try:
        values = tuple(float(each) for each in text.split("_"))
    except ValueError:
        values = ()
    if len(values) != needed or not all(map(math.isfinite, values)):
        raise RequestError(
            f"A route of {len(route.members)} ways has {needed} coefficients, joined with _, and "
            f"'{name}' has others; leave [{text}] out to learn them from development items."
        )
    return values


def _members(
    name: str, pair: tuple[Language, Language], kind: str, ways: Sequence[str]
) -> list[Strategy]:
    """Return the members of several strategies together, each named once."""
    strategies = [_member(way, name, pair) for way in ways]
    if len(strategies) < FEWEST:
        raise RequestError(
            f"'{name}' has a single member; join several with +, as in {kind}:direct+en+fr, or "
            "name the strategy itself."
        )
    for strategy in strategies:
        if strategies.count(strategy) > 1:
            raise RequestError(f"'{name}' has the member {strategy} twice; name it once.")
    return strategies


def parse_single(
    name: str, pair: tuple[Language, Language], recommended: Strategy | None
) -> Strategy:
    """Return the strategy that a name stands for, which is no combination; as `parse`."""
    kind, colon, bridge = name.strip().partition(":")
    if name.strip() == "direct":
        return DIRECT
    if kind not in {"bridge", "replace"} or not colon or not bridge:
        known = ("direct", "bridge:en", "replace:en", "bridge:auto", "vote:auto", "average:auto")
        raise RequestError(
            f"There is no strategy '{name}'.{nearest(name, known)} Use direct, bridge:LANGUAGE, "
            "replace:LANGUAGE, bridge:auto, or several together joined with +, as in "
            f"vote:direct+en+fr ({', '.join((*POOLINGS, ROUTE))})."
        )
    if bridge == AUTO and recommended is not None:
        return Strategy(recommended.bridge, recommended.bridge is None or kind == "bridge")
    language = find(bridge)
    if language in pair:
        raise RequestError(
            f"{language.name} is in the pair itself and cannot be its bridge; leave '{name}' out."
        )
    return Strategy(language, kind == "bridge")


def needs_recommendation(names: Sequence[str]) -> bool:
    """Tell whether one of the strategies is ``auto``."""
    return any(_is_auto(name) and not _COMBINED.fullmatch(name.strip()) for name in names)


def needs_candidates(names: Sequence[str]) -> bool:
    """Tell whether one of the strategies, or the members of one, are ``auto``."""
    return any(map(_is_auto, names))


def _is_auto(name: str) -> bool:
    return name.strip().partition(":")[2] == AUTO


def _short(member: Strategy) -> str:
    """Return a member's name within a combination: ``bridge:de`` as ``de``."""
    return str(member).removeprefix("bridge:")


def _member(way: str, name: str, pair: tuple[Language, Language]) -> Strategy:
    way = way.strip()
    if way == AUTO or way.endswith(f":{AUTO}"):
        raise RequestError(
            f"'{name}' has auto among its members; name them all, or give auto alone."
        )
    if not way:
        raise RequestError(f"'{name}' has an empty member; leave out the + too many.")
    single = way == str(DIRECT) or ":" in way
    return parse_single(way if single else f"bridge:{way}", pair, DIRECT)


def _weight(text: str, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text.strip()):
        raise RequestError(
            f"'{name}' has a weight of '{text}'; write whole hundredths, such as direct@60+en@40."
        )
    return int(text)


def _scoring(name: str, pooling: str, scoring: str | None) -> Rule | None:
    if scoring is None:
        return None
    if pooling == "vote":
        raise RequestError(f"A vote scores no answers; leave /{scoring} out of '{name}'.")
    found = next((rule for rule in RULES if rule == scoring), None)
    if found is None:
        raise RequestError(
            f"'{name}' scores answers by '{scoring}', which is none of {', '.join(RULES)}."
        )
    return found


def precedence(member: Strategy) -> tuple[bool, bool, str]:
    """Return a strategy's place where others are as good: directly, through English, by name."""
    bridge = member.bridge
    return bridge is not None, bridge is not None and bridge.code != ENGLISH, str(member)


def _ordered(members: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """Return members as ties are decided between them."""
    return tuple(sorted(members, key=precedence))
