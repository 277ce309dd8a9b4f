"""The probe of a language pair: prompts, which words the model understands, and activations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bridgex.errors import ModelError, TextError
from bridgex.languages import Language
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import Pooling, PoolNeurons, Progress, run
from bridgex.lm.chat import render_chat
from bridgex.lm.model import LanguageModel
from bridgex.neurons import NeuronSet, ProbeActivations
from bridgex.tasks.word_chain import TEMPLATE, is_accepted, prompt, read_word
from bridgex.texts import Lexicon

FEWEST_WORDS = 8
"""Fewer prompts say nothing about dependence."""


class ProbeSettings(BaseModel):
    """How a pair is probed.

    Attributes:
        words: the most words to probe, taken in the order of the dictionary.
        shots: solved examples before the prompt when the model is asked for its own translation;
            the captured prompt never has them. The paper has 0.
        understood: the fewest understood words to go on with; with fewer, all words are taken.
        pooling: over the tokens of a prompt: ``mean`` (the paper), ``last``, or ``word``: those of
            the quoted word, a token that reaches beyond it included and counted.
        special: whether special tokens (BOS and the like) are pooled over.
        chat: whether prompts are wrapped in the tokenizer's chat template.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: int = Field(default=500, ge=FEWEST_WORDS)
    shots: int = Field(default=0, ge=0)
    understood: int = Field(default=50, ge=1)
    pooling: Pooling = "last"
    special: bool = False
    chat: bool = False


@dataclass(frozen=True)
class Answer:
    """What the model answered for one word.

    Attributes:
        word: the source word.
        accepted: the dictionary's translations.
        answer: the word read off what the model generated; empty where there is none.
        understood: whether the answer, folded, is one of the accepted, folded.
    """

    word: str
    accepted: tuple[str, ...]
    answer: str
    understood: bool


@dataclass(frozen=True)
class Probe:
    """The words of a pair and how the model did on them.

    Attributes:
        pair: codes of source and target language.
        answers: one per probed word.
        kept: which words the activations are taken on.
        basis: ``understood`` or, when those are too few, ``all``.
        oom_splits: answers whose batch was split for lack of memory.
    """

    pair: tuple[str, str]
    answers: tuple[Answer, ...]
    kept: tuple[str, ...]
    basis: Literal["understood", "all"]
    oom_splits: int = 0

    @property
    def understood(self) -> int:
        """Number of words the model translated right by itself."""
        return sum(answer.understood for answer in self.answers)


@dataclass(frozen=True)
class ProbeWords:
    """What a dictionary gives for a probe, each a source word with its accepted translations.

    Attributes:
        examples: solved examples, never probed.
        asked: the words to probe.
        identical: number of word pairs left out since both sides are the same word.
    """

    examples: tuple[tuple[str, tuple[str, ...]], ...]
    asked: tuple[tuple[str, tuple[str, ...]], ...]
    identical: int


def probe_words(lexicon: Lexicon, settings: ProbeSettings) -> ProbeWords:
    """Take solved examples and probe words from a dictionary, in its order.

    A word that translates to itself is left out: a model that copies would be right.

    Raises:
        TextError: too few words are left.
    """
    kept, identical = lexicon.without_identical()
    pair = f"{lexicon.source.code}-{lexicon.target.code}"
    if not kept.entries:
        raise TextError(
            f"The {pair} dictionary ({lexicon.provenance.name}) has no usable word pair "
            f"({identical} are identical on both sides); give another with --lexicon."
        )
    items = tuple(kept.entries.items())[: settings.words + settings.shots]
    examples, asked = items[: settings.shots], items[settings.shots :]
    if len(asked) < FEWEST_WORDS:
        raise TextError(
            f"Only {len(asked)} words of the {pair} dictionary can be probed and {FEWEST_WORDS} "
            "is the least; give a larger one with --lexicon."
        )
    return ProbeWords(examples, asked, identical)


def probe_prompts(words: ProbeWords, source: Language, target: Language) -> list[str]:
    """Return the prompts that ask for translations, solved examples before each."""
    solved = "".join(
        f'{prompt(word, source, target)}"{targets[0]}"\n' for word, targets in words.examples
    )
    return [solved + prompt(word, source, target) for word, _ in words.asked]


def judged(
    words: ProbeWords,
    generated: Sequence[str],
    lexicon: Lexicon,
    settings: ProbeSettings,
    *,
    oom_splits: int = 0,
) -> Probe:
    """Read the model's translations and keep the words it understands, or all where too few are.

    Args:
        words: what was asked.
        generated: what the model generated for each.
        lexicon: whose words they are.
        settings: how few understood words are too few.
        oom_splits: answers whose batch was split for lack of memory.
    """
    answers = []
    for (word, accepted), text in zip(words.asked, generated, strict=True):
        answers.append(judged_word(word, accepted, text, lexicon))
    kept = tuple(answer.word for answer in answers if answer.understood)
    basis: Literal["understood", "all"] = "understood"
    if len(kept) < settings.understood:
        kept, basis = tuple(answer.word for answer in answers), "all"
    pair = (lexicon.source.code, lexicon.target.code)
    return Probe(pair, tuple(answers), kept, basis, oom_splits)


def judged_word(word: str, accepted: tuple[str, ...], generated: str, lexicon: Lexicon) -> Answer:
    """Read the model's translation of one word and tell whether it is an accepted one."""
    answer = read_word(generated) or ""
    understood = is_accepted(answer, accepted, lexicon.target, convert_chinese=lexicon.converted)
    return Answer(word, accepted, answer, understood)


def capture(
    model: LanguageModel,
    words: Sequence[str],
    pair: tuple[Language, Language],
    neurons: NeuronSet,
    settings: ProbeSettings,
    progress: Progress | None = None,
) -> ProbeActivations:
    """Read the chosen neurons on the prompt of each word, without solved examples.

    Raises:
        ModelError: a prompt is longer than the model's context.
    """
    source, target = pair
    if settings.pooling == "word":
        texts = _quoting(model, words, pair, chat=settings.chat)
    else:
        texts = encode(model, [prompt(word, source, target) for word in words], chat=settings.chat)
    if settings.special:
        texts = [text.counting_special() for text in texts]
    pool = PoolNeurons(neurons.mask, len(texts), settings.pooling)
    layers = [layer for layer, size in enumerate(neurons.per_layer) if size]
    oom_splits = run(model, texts, pool, layers, progress)
    codes, straddling = (source.code, target.code), sum(text.straddling for text in texts)
    return ProbeActivations(codes, neurons, tuple(pool.values), straddling, oom_splits)


def encode(model: LanguageModel, prompts: Sequence[str], *, chat: bool) -> list[Encoded]:
    """Tokenise prompts, in the chat template if asked (which brings its own special tokens)."""
    if chat:
        prompts = render_chat(model.tokenizer, prompts, model.identity.name)
    return model.encode_prompts(prompts, chat=chat)


def _quoting(
    model: LanguageModel, words: Sequence[str], pair: tuple[Language, Language], *, chat: bool
) -> list[Encoded]:
    """Tokenise the prompts of some words, with the tokens of each word marked."""
    before = len(TEMPLATE.partition("{word}")[0].format(source=pair[0].endonym))
    texts, spans = [], []
    for word in words:
        text = bare = prompt(word, *pair)
        if chat:
            text = model.chat(bare)
            if text.count(bare) != 1:
                raise ModelError(
                    f"The chat template of {model.identity.name} does not keep the prompt as it "
                    "is, so the word cannot be found in it; use pooling 'last' or leave out --chat."
                )
        start = text.index(bare) + before
        texts.append(text)
        spans.append((start, start + len(word)))
    return model.encode_quoted(texts, spans, special=not chat)
