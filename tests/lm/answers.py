"""What a model answers to tokenised prompts, as a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridgex.generation import GenerationSpec, StopRule
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.batches import Encoded
from bridgex.lm.generate import generate
from bridgex.lm.likelihood import EncodedOptions, likelihoods
from bridgex.lm.memory import OnOomSplit
from bridgex.lm.model import LanguageModel


@dataclass(frozen=True)
class Until(GenerationSpec):
    """Generation until a function of the text says so; nothing is cut."""

    until: Callable[[str], bool] = lambda text: False

    def finished(self, text: str) -> bool:
        return self.until(text)

    def cut(self, text: str) -> str:
        return text


NEVER = StopRule("(?!)")


def until(function: Callable[[str], bool], max_tokens: int) -> Until:
    return Until(max_tokens, NEVER, function)


def generated(
    model: LanguageModel, prompts: Sequence[Encoded], spec: GenerationSpec
) -> list[Generated]:
    found: dict[int, Generated] = {}
    generate(model, prompts, spec=spec, on_result=found.__setitem__)
    return [found[at] for at in range(len(prompts))]


def continuations(
    model: LanguageModel, prompts: Sequence[Encoded], spec: GenerationSpec
) -> list[str]:
    texts = [each.text for each in generated(model, prompts, spec)]
    assert all(text is not None for text in texts)
    return [text or "" for text in texts]


def scored(
    model: LanguageModel,
    prompts: Sequence[EncodedOptions],
    oom_splits: OnOomSplit | None = None,
) -> list[ScoredOptions]:
    found: dict[int, ScoredOptions] = {}
    likelihoods(model, prompts, on_result=found.__setitem__, oom_splits=oom_splits)
    return [found[at] for at in range(len(prompts))]


def nats(values: ScoredOptions) -> tuple[float, ...]:
    assert values.nats is not None
    return values.nats
