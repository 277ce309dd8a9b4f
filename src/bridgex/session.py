"""One model and everything that is asked of it: the only door to the model.

What reads inside the model (`stats`, `activations`, `latent`) needs it in this process. What only
asks it (`generate`, `score`) goes through a `Backend`. Everything is stored under all that
determines it, answers and likelihoods item by item as they come.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from bridgex.bridges import BridgeRanking, BridgeSets, score
from bridgex.bridges.settings import BridgeSettings
from bridgex.errors import ModelError
from bridgex.generation import GenerationSpec
from bridgex.inputs import Budget
from bridgex.languages import Language
from bridgex.lm import batches as batching
from bridgex.lm import lens as logit_lens
from bridgex.lm.backend import Backend, Generated, ScoredOptions
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.local import LocalBackend
from bridgex.lm.memory import memory_notes
from bridgex.lm.model import LanguageModel
from bridgex.lm.sequences import Sequences, sentences_within, sequences
from bridgex.lm.source import ModelSource
from bridgex.neurons import ActivationStats, NeuronSet, ProbeActivations
from bridgex.probe import (
    Probe,
    ProbeSettings,
    capture,
    judged,
    probe_prompts,
    probe_words,
)
from bridgex.progress import Progress, silent
from bridgex.storage.store import Entry, Store, stage_key
from bridgex.tasks.word_chain import GENERATION, prompt
from bridgex.texts import Corpus, Lexicon
from bridgex.version import rules


@dataclass(frozen=True)
class Cost:
    """What was asked of a model, counted; what came from the store counts as when it was made.

    Attributes:
        passes: texts that the model read.
        generated: tokens that it generated, a further pass each.
    """

    passes: int = 0
    generated: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.passes + other.passes, self.generated + other.generated)


class Meter:
    """Counts what is asked of a model, the same thing once.

    Attributes:
        costs: key of what was asked → its cost.
    """

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}

    @property
    def cost(self) -> Cost:
        """All of it together."""
        return sum(self.costs.values(), Cost())


class ModelSession:
    """A model, where its results are kept, and who is told how far the work is.

    A named model is found when it is first needed, so that a request is checked and its texts are
    read before. It is loaded once, when something is asked of it that is not stored yet.

    Attributes:
        store: where results are kept.
        progress: told how far the work is.
    """

    def __init__(
        self,
        name: str = "demo",
        *,
        model: Any = None,
        tokenizer: Any = None,
        digest: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        backend: Backend | None = None,
        store: Store | None = None,
        progress: Progress = silent,
    ) -> None:
        """Name a model, or take one that is in memory already.

        Args:
            name: ``demo``, a Hugging Face id (``id@revision``), a model folder or a GGUF file.
            model: a decoder-only model of transformers in memory, in evaluation mode.
            tokenizer: its tokenizer.
            digest: what identifies a model in memory; by default computed from its configuration
                and weights.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``balanced`` (all GPUs) or ``mps``.
            dtype: ``auto``, ``bfloat16``, ``float16`` or ``float32``.
            backend: who generates and scores instead of the model in this process.
            store: where results are kept; the user's cache by default.
            progress: told how far the work is.

        Raises:
            ModelError: a model in memory is not what can be read inside.
        """
        self._found = (
            None
            if model is None
            else ModelSource.in_memory(model, tokenizer, digest=digest, progress=progress)
        )
        self._name, self._device, self._dtype = name, device, dtype
        self._backend = backend
        self.store = store or Store()
        self.progress = progress
        self._meters: list[Meter] = []

    @property
    def model(self) -> ModelSource:
        """The model, found and identified.

        Raises:
            ModelError: it is not there, or cannot be read.
            StoreError: the cache cannot be written.
        """
        if self._found is None:
            self._found = ModelSource(
                self._name, device=self._device, dtype=self._dtype, progress=self.progress
            )
        return self._found

    @functools.cached_property
    def _local(self) -> LocalBackend:
        return LocalBackend(self.model.identity, self.load, self.model.tokenizer)

    @property
    def backend(self) -> Backend:
        """Who generates and scores: the model in this process unless another was given."""
        return self._backend or self._local

    @property
    def loads(self) -> int:
        """How often the model was loaded: 0 or 1."""
        return int(self._found is not None and self._found.is_loaded)

    def load(self) -> LanguageModel:
        """Return the model, loading it if it is not in memory yet.

        Raises:
            ModelError: it cannot be read.
        """
        if self.model.is_loaded:
            return self.model.load()
        identity = self.model.identity
        with self.progress(f"Loading {identity.name} in {identity.dtype}"):
            return self.model.load()

    @contextmanager
    def metered(self) -> Iterator[Meter]:
        """Count what is asked within the block."""
        meter = Meter()
        self._meters.append(meter)
        try:
            yield meter
        finally:
            self._meters.remove(meter)

    def within(self, corpus: Corpus, budget: Budget) -> Corpus:
        """Return the first sentences of a corpus, as many as the budget allows."""
        if budget.tokens is None:
            return replace(corpus, sentences=corpus.sentences[: budget.sentences])
        tokens = budget.tokens
        inputs = {
            "model": self.model.identity.key(),
            "corpus": corpus.digest,
            "tokens": tokens,
            "rules": rules("sequences"),
        }

        def make() -> Entry:
            read = sentences_within(self.load(), corpus.sentences, tokens)
            return Entry({}, {"sentences": read})

        read = self.store.get("budget", inputs, make, lambda entry: int(entry.values["sentences"]))
        return replace(corpus, sentences=corpus.sentences[:read])

    def stats(self, corpus: Corpus, how: Sequences, *, special: bool = False) -> ActivationStats:
        """Count positive activations on a corpus, on its special tokens too if asked."""
        inputs = {
            "model": self.model.identity.key(),
            "corpus": corpus.digest,
            "sequences": how,
            "special": special,
            "batches": batching.SCHEME,
            "rules": rules("sequences", "counting"),
        }

        def make() -> Entry:
            model = self.load()
            texts = sequences(model, corpus.sentences, how)
            if special:
                texts = [text.counting_special() for text in texts]
            counter = CountPositive(model.widths)
            name = corpus.language.name
            with self.progress(f"{name}: counting activations", len(texts)) as advance:
                oom_splits = run(model, texts, counter, progress=advance)
            values = {"tokens": counter.tokens, "oom_splits": oom_splits, "passes": len(texts)}
            return Entry(_by_layer(counter.positive), values)

        def parse(entry: Entry) -> tuple[ActivationStats, int]:
            values = entry.values
            stats = ActivationStats(
                str(self.model.identity),
                corpus.language.code,
                int(values["tokens"]),
                _layers(entry.tensors),
                int(values["oom_splits"]),
            )
            return stats, int(values["passes"])

        stats, passes = self.store.get("stats", inputs, make, parse)
        self._count(stage_key("stats", inputs), Cost(passes))
        return stats

    def probe(self, lexicon: Lexicon, settings: ProbeSettings) -> Probe:
        """Let the model translate the probe words.

        Raises:
            TextError: the dictionary has too few usable words.
            ModelError: a prompt is longer than the model's context.
        """
        words = probe_words(lexicon, settings)
        prompts = probe_prompts(words, lexicon.source, lexicon.target)
        answers = self.generate(
            prompts, GENERATION, chat=settings.chat, what="Asking for translations"
        )
        for text, answer in zip(prompts, answers, strict=True):
            if answer.text is None:
                raise ModelError(
                    f"The prompt of a probe word is longer than the model's context "
                    f"('{text[-40:]}'); use fewer solved examples (--shots)."
                )
        texts = [answer.text or "" for answer in answers]
        splits = sum(answer.oom_split for answer in answers)
        return judged(words, texts, lexicon, settings, oom_splits=splits)

    def activations(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        neurons: NeuronSet,
        settings: ProbeSettings,
    ) -> ProbeActivations:
        """Read the chosen neurons on the prompts of the probe's words."""
        inputs = self._reading(probe, pair, neurons, settings)

        def make() -> Entry:
            model = self.load()
            kept = probe.kept
            with self.progress("Reading the probe's activations", len(kept)) as advance:
                read = capture(model, kept, pair, neurons, settings, advance)
            values = {"straddling": read.straddling, "oom_splits": read.oom_splits}
            return Entry(_by_layer(read.values), values)

        def parse(entry: Entry) -> ProbeActivations:
            codes = (pair[0].code, pair[1].code)
            values = {name: int(entry.values[name]) for name in ("straddling", "oom_splits")}
            return ProbeActivations(codes, neurons, _layers(entry.tensors), **values)

        activations = self.store.get("activations", inputs, make, parse)
        self._count(stage_key("activations", inputs), Cost(len(probe.kept)))
        return activations

    def ranking(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        sets: BridgeSets,
        probing: ProbeSettings,
        scoring: BridgeSettings,
    ) -> BridgeRanking:
        """Score the candidates, from activations that are stored too."""
        reading = self._reading(probe, pair, sets.needed, probing)
        inputs = {
            "activations": reading,
            "anchor": _places(sets.anchor),
            "bridges": {code: _places(each) for code, each in sets.bridges.items()},
            "pool": _places(sets.pool),
            "settings": scoring.model_dump(),
            "rules": {"schema": BridgeRanking.schema, **rules("dependence", "bridge_score")},
        }

        def make() -> Entry:
            activations = self.activations(probe, pair, sets.needed, probing)
            with self.progress("Scoring candidates", len(sets.band)) as advance:
                ranking = score(sets, activations, scoring, advance)
            notes = list(ranking.notes)
            if activations.straddling:
                notes.append(f"{activations.straddling} tokens of quoted words reach beyond them.")
            notes += memory_notes(activations.oom_splits, "reading the probe's activations")
            return Entry({}, replace(ranking, notes=tuple(notes)).to_dict())

        self._count(stage_key("activations", reading), Cost(len(probe.kept)))
        return self.store.get(
            "ranking", inputs, make, lambda entry: BridgeRanking.from_dict(entry.values)
        )

    def generate(
        self, prompts: Sequence[str], spec: GenerationSpec, *, chat: bool, what: str
    ) -> list[Generated]:
        """Let the model continue prompts, each stored as it comes.

        Args:
            prompts: what to continue.
            spec: how long, and where to stop.
            chat: whether prompts are wrapped in the model's chat template.
            what: the line of progress.

        Returns:
            The continuations, in the order of the prompts; no text for a prompt that leaves no
            room in the context.
        """
        given = self.backend.given(prompts, chat=chat)
        items = self.store.items(
            "generate",
            {
                "backend": dict(self.backend.identity),
                "chat": chat,
                "spec": asdict(spec),
                "rules": rules("generation"),
            },
        )
        keys = [items.key(text) for text in given]
        found = items.load(keys, _generated)
        missing = _missing(keys, found)
        if missing:
            asked = [prompts[at] for at in missing]
            with self.progress(what, len(asked)) as advance:

                def each(at: int, answer: Generated) -> None:
                    key = keys[missing[at]]
                    items.add(key, asdict(answer))
                    found[key] = answer
                    advance(1)

                self.backend.generate(asked, spec, chat=chat, each=each)
        answers = [found[key] for key in keys]
        for key, answer in zip(keys, answers, strict=True):
            self._count(key, Cost(int(answer.text is not None), answer.tokens))
        return answers

    def score(
        self,
        prompts: Sequence[str],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        what: str,
    ) -> list[ScoredOptions]:
        """Score each prompt's options, each prompt stored as it comes.

        Args:
            prompts: what the options continue.
            options: of each prompt, at least one.
            chat: whether prompts are wrapped in the model's chat template.
            what: the line of progress.

        Returns:
            Log-probabilities in the order of the prompts; none for a prompt that is, with an
            option, longer than the context.
        """
        given = self.backend.given(prompts, chat=chat)
        items = self.store.items(
            "score",
            {
                "backend": dict(self.backend.identity),
                "chat": chat,
                "rules": rules("likelihood"),
            },
        )
        keys = [items.key([text, list(some)]) for text, some in zip(given, options, strict=True)]
        found = items.load(keys, _scored)
        missing = _missing(keys, found)
        if missing:
            asked = [prompts[at] for at in missing]
            with self.progress(what, len(asked)) as advance:

                def each(at: int, scored: ScoredOptions) -> None:
                    key = keys[missing[at]]
                    items.add(key, asdict(scored))
                    found[key] = scored
                    advance(1)

                self.backend.score(asked, [options[at] for at in missing], chat=chat, each=each)
        scored = [found[key] for key in keys]
        for key, values in zip(keys, scored, strict=True):
            self._count(key, Cost(len(values.nats or ())))
        return scored

    def latent(
        self,
        prompts: Sequence[logit_lens.LensPrompt],
        band: tuple[float, float],
        *,
        chat: bool,
    ) -> tuple[tuple[int, ...], list[dict[str, logit_lens.Reading]]]:
        """Read off middle layers how likely words are to follow; see `bridgex.lm.lens.read`.

        Args:
            prompts: with the words under each name.
            band: first (included) and last (left out) relative depth of the layers.
            chat: whether prompts are wrapped in the model's chat template.

        Returns:
            The layers, and per prompt what was read off them.
        """
        texts = self._local.given([prompt.text for prompt in prompts], chat=chat)
        given = [replace(prompt, text=text) for prompt, text in zip(prompts, texts, strict=True)]
        inputs = {
            "model": self.model.identity.key(),
            "prompts": [asdict(prompt) for prompt in given],
            "band": list(band),
            "chat": chat,
            "lens": logit_lens.SCHEME,
            "batches": batching.SCHEME,
            "rules": rules("logit_lens"),
        }

        def make() -> Entry:
            model = self.load()
            depth = len(model.layers)
            layers = [at for at in range(depth) if band[0] <= at / depth < band[1]]
            with self.progress("Reading middle layers", len(given)) as advance:
                read = logit_lens.read(model, given, layers, chat=chat, progress=advance)
            return Entry({}, {"layers": layers, "readings": read})

        def parse(entry: Entry) -> tuple[tuple[int, ...], list[dict[str, logit_lens.Reading]]]:
            readings = [
                {name: each if isinstance(each, str) else tuple(each) for name, each in one.items()}
                for one in entry.values["readings"]
            ]
            return tuple(entry.values["layers"]), readings

        self._count(stage_key("latent", inputs), Cost(len(prompts)))
        return self.store.get("latent", inputs, make, parse)

    def _reading(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        neurons: NeuronSet,
        settings: ProbeSettings,
    ) -> dict[str, Any]:
        return {
            "model": self.model.identity.key(),
            "pair": [each.code for each in pair],
            "words": probe.kept,
            "prompts": self._local.given(
                [prompt(word, *pair) for word in probe.kept], chat=settings.chat
            ),
            "pooling": settings.pooling,
            "special": settings.special,
            "chat": settings.chat,
            "neurons": _places(neurons),
            "batches": batching.SCHEME,
            "rules": rules("pooling"),
        }

    def _count(self, key: str, cost: Cost) -> None:
        for meter in self._meters:
            meter.costs[key] = cost


def _generated(values: Mapping[str, Any]) -> Generated:
    text = values["text"]
    if not isinstance(text, str | None):
        raise TypeError("text")
    return Generated(text, int(values["tokens"]), bool(values["oom_split"]))


def _scored(values: Mapping[str, Any]) -> ScoredOptions:
    nats, tokens = values["nats"], tuple(int(count) for count in values["tokens"])
    read = None if nats is None else tuple(float(value) for value in nats)
    return ScoredOptions(read, tokens, bool(values["oom_split"]))


def _missing(keys: Sequence[str], found: Mapping[str, object]) -> list[int]:
    """Return the position of each key that is not found, the same key once."""
    first: dict[str, int] = {}
    for at, key in enumerate(keys):
        if key not in found:
            first.setdefault(key, at)
    return list(first.values())


def _places(neurons: NeuronSet) -> list[list[int]]:
    return [layer.nonzero().squeeze(1).tolist() for layer in neurons.mask]


def _by_layer(layers: Iterable[torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"{at:04d}": layer for at, layer in enumerate(layers)}


def _layers(tensors: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    return tuple(tensors[name] for name in sorted(tensors))
