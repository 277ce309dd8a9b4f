"""What a chooser is: what may be looked at in, a ranking of the candidate bridges out.

A new chooser is a class with `name` and `rank` (and `require`, where it needs more than a model) in
a file of its own and a test; a package adds its
own under the entry point group ``bridgex.choosers``, a script with `bridgex.register_chooser`. It
may look at the model, at development items and at words for a probe; what is evaluated is never in
its input.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bridgex.bridges import BridgeRanking
from bridgex.choosers.evidence import MeasuredPair
from bridgex.errors import RequestError, TextError
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.session import Cost, ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.texts import Corpus, Lexicon

ORACLE = "oracle"
"""Name of the best bridge in hindsight, which is no chooser's."""


@dataclass(frozen=True)
class ChooserInput:
    """A pair, its candidates, and what a chooser may look at.

    Attributes:
        pair: source and target language.
        candidates: the bridges.
        session: the model.
        task: what the bridge is for, with its development items; its evaluated items are gone.
        words: word translation of the pair with its development words; None without a dictionary.
        probe: the words a probe may use; None without a dictionary.
        texts: where corpora are read from.
        shots: solved examples before each prompt.
        chat: whether prompts are wrapped in the model's chat template.
        measured: what was measured before, of other pairs too.
    """

    pair: tuple[Language, Language]
    candidates: tuple[Language, ...]
    session: ModelSession
    task: Task
    words: Bli | None = None
    probe: Lexicon | None = None
    texts: Texts = field(default_factory=Texts)
    shots: int = 0
    chat: bool = False
    measured: tuple[MeasuredPair, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the candidates."""
        return tuple(candidate.code for candidate in self.candidates)

    def other_pairs(self, earlier: Sequence[MeasuredPair] = ()) -> tuple[MeasuredPair, ...]:
        """Return the other pairs on which this model was measured at this task, asked alike.

        Args:
            earlier: measured, too.
        """
        identity = self.session.model.identity
        model, pair = f"{identity} {identity.dtype}", (self.pair[0].code, self.pair[1].code)
        return tuple(
            each
            for each in (*self.measured, *earlier)
            if (each.model, each.task) == (model, self.task.name)
            and each.shots in {None, self.shots}
            and each.chat in {None, self.chat}
            and each.pair != pair
        )

    def corpora(self) -> dict[str, Corpus]:
        """Read the texts of the pair and the candidates, by code.

        Raises:
            TextError: a language has no text, or it cannot be read.
        """
        spoken = (*self.pair, *self.candidates)
        return {language.code: self.texts.corpus_of(language) for language in spoken}

    def development_words(self) -> Bli:
        """Return word translation with its development words.

        Raises:
            TextError: there is no dictionary of the pair, or it has no word to develop on.
        """
        if self.words is None or not self.words.development:
            source, target = self.pair
            what = "no dictionary" if self.words is None else "no development word"
            raise TextError(
                f"There is {what} for {source.name}–{target.name}; give a larger dictionary with "
                "--lexicon."
            )
        return self.words


@dataclass(frozen=True)
class Choice:
    """What a chooser says.

    Attributes:
        ranking: the candidates, best first.
        chooser: the chooser's name.
        cost: what was asked of the model for it.
    """

    ranking: BridgeRanking
    chooser: str
    cost: Cost


@runtime_checkable
class Chooser(Protocol):
    """Ranks the candidate bridges of a pair."""

    @property
    def name(self) -> str:
        """Its name, as in ``--choosers``."""

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank the candidates.

        Raises:
            BridgexError: it cannot serve this pair; the message says what is missing.
        """


def checked(thing: object) -> Chooser:
    """Return a chooser, made if it is a class of one.

    Raises:
        RequestError: the thing is no chooser, or its name cannot be one.
    """
    made = thing() if isinstance(thing, type) else thing
    if not isinstance(made, Chooser):
        raise RequestError(
            f"{type(made).__name__} is not a chooser; give it a `name` and a method `rank` that "
            "takes a ChooserInput and returns a Choice."
        )
    if made.name == ORACLE:
        raise RequestError(
            f"No chooser can be called '{ORACLE}', which is the best bridge in hindsight; give "
            f"{type(made).__name__} another name."
        )
    return made


def require(chooser: Chooser, inputs: ChooserInput) -> None:
    """Refuse what a chooser lacks for a pair, as far as it tells without asking the model.

    A chooser tells by a method ``require`` of its own, which takes what `rank` takes.

    Raises:
        BridgexError: it cannot serve this pair; the message says what is missing.
    """
    check = getattr(chooser, "require", None)
    if check is not None:
        check(inputs)


def learns(chooser: Chooser) -> bool:
    """Tell whether a chooser learns from other pairs, those of `ChooserInput.measured`.

    A chooser tells by an attribute ``learns`` of its own.
    """
    return bool(getattr(chooser, "learns", False))


def choose(chooser: Chooser, inputs: ChooserInput) -> Choice:
    """Let a chooser rank the candidates.

    Raises:
        BridgexError: it cannot serve this pair.
        RequestError: what it returns is no choice among these candidates.
    """
    choice = chooser.rank(inputs)
    if not isinstance(choice, Choice):
        raise RequestError(
            f"The chooser {chooser.name} returned {type(choice).__name__}; return a bridgex.Choice."
        )
    if set(choice.ranking.scores) != set(inputs.codes):
        raise RequestError(
            f"The chooser {chooser.name} ranked {', '.join(choice.ranking.scores) or 'nothing'}; "
            f"rank all candidates: {', '.join(inputs.codes)}."
        )
    return choice
