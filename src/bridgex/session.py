"""The stages that run a model, each stored under all that determines it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from pydantic import TypeAdapter

from bridgex.analysis.settings import RankSettings
from bridgex.bridges import BridgeRanking, BridgeSets, PublishedScore, published, score
from bridgex.bridges.ranking import SCHEMA
from bridgex.languages import Language
from bridgex.lm import batches as batching
from bridgex.lm import generate as generation
from bridgex.lm import lens as logit_lens
from bridgex.lm import likelihood as scoring
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.memory import memory_notes
from bridgex.lm.model import LanguageModel, ModelSource
from bridgex.lm.sequences import Budget, Sequences, sentences_within, sequences
from bridgex.lm.spec import GenerationSpec
from bridgex.neurons import ActivationStats, NeuronSet, ProbeActivations
from bridgex.probe import Answer, Probe, ProbeSettings, ask, capture, probe_words
from bridgex.progress import Progress
from bridgex.storage.store import Entry, Store
from bridgex.tasks.word_chain import GENERATION, TEMPLATE
from bridgex.tasks.word_chain import SCHEME as READING
from bridgex.texts import Corpus, Lexicon


@dataclass(frozen=True)
class Stages:
    """A model, where its results are kept, and who is told how far it is."""

    model: ModelSource
    store: Store
    progress: Progress

    def within(self, corpus: Corpus, budget: Budget) -> Corpus:
        """Return the first sentences of a corpus, as many as the budget allows."""
        if budget.tokens is None:
            return replace(corpus, sentences=corpus.sentences[: budget.sentences])
        tokens = budget.tokens
        inputs = {
            "model": self.model.identity.key(),
            "corpus": corpus.digest,
            "tokens": tokens,
        }

        def make() -> Entry:
            read = sentences_within(self._loaded(), corpus.sentences, tokens)
            return Entry({}, {"sentences": read})

        read = self.store.get("budget", inputs, make).values["sentences"]
        return replace(corpus, sentences=corpus.sentences[:read])

    def stats(self, corpus: Corpus, how: Sequences, *, special: bool = False) -> ActivationStats:
        """Count positive activations on a corpus, on its special tokens too if asked."""
        code = corpus.language.code
        inputs = {
            "model": self.model.identity.key(),
            "corpus": corpus.digest,
            "sequences": how,
            "special": special,
            "batches": batching.SCHEME,
        }

        def make() -> Entry:
            model = self._loaded()
            texts = sequences(model, corpus.sentences, how)
            if special:
                texts = [text.counting_special() for text in texts]
            counter = CountPositive(model.widths)
            with self.progress(f"{corpus.language.name}: counting activations", len(texts)) as tell:
                oom_splits = run(model, texts, counter, progress=tell)
            values = {"tokens": counter.tokens, "oom_splits": oom_splits}
            return Entry(_by_layer(counter.positive), values)

        entry = self.store.get("stats", inputs, make)
        return ActivationStats(
            str(self.model.identity),
            code,
            entry.values["tokens"],
            _layers(entry.tensors),
            entry.values["oom_splits"],
        )

    def probe(self, lexicon: Lexicon, settings: ProbeSettings) -> Probe:
        """Let the model translate the probe words."""
        inputs = {
            "model": self.model.identity.key(),
            "lexicon": lexicon.digest,
            "endonyms": [lexicon.source.endonym, lexicon.target.endonym],
            "template": TEMPLATE,
            "settings": settings.model_dump(exclude={"pooling", "special"}),
            "writing": [GENERATION.stop.pattern, GENERATION.max_tokens],
            "reading": READING,
            "generation": generation.SCHEME,
        }

        def make() -> Entry:
            model = self._loaded()
            asked = len(probe_words(lexicon, settings).asked)
            with self.progress("Asking for translations", asked) as tell:
                probe = ask(model, lexicon, settings, tell)
            return Entry({}, asdict(probe))

        return _probe(self.store.get("probe", inputs, make).values)

    def ranking(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        sets: BridgeSets,
        settings: RankSettings,
    ) -> BridgeRanking:
        """Score the candidates, from activations that are stored too."""
        reading = self._reading(probe, pair, sets.needed, settings.probe)
        inputs = {
            "activations": reading,
            "anchor": _places(sets.anchor),
            "bridges": {code: _places(each) for code, each in sets.bridges.items()},
            "pool": _places(sets.pool),
            "settings": settings.bridges.model_dump(),
            "schema": SCHEMA,
        }

        def make() -> Entry:
            activations = self._activations(probe, pair, sets.needed, settings.probe, reading)
            with self.progress("Scoring candidates", len(sets.band)) as tell:
                ranking = score(sets, activations, settings.bridges, tell)
            straddling = activations.straddling
            notes = list(ranking.notes)
            if straddling:
                notes.append(f"{straddling} tokens of quoted words reach beyond the word.")
            notes += memory_notes(activations.oom_splits, "reading the probe's activations")
            ranking = replace(ranking, notes=tuple(notes))
            return Entry({}, ranking.to_dict())

        return BridgeRanking.from_dict(self.store.get("ranking", inputs, make).values)

    def published(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        sets: BridgeSets,
        settings: RankSettings,
    ) -> dict[str, PublishedScore]:
        """Score the candidates as the released script does, from sets of all layers."""
        reading = self._reading(probe, pair, sets.scored, settings.probe)
        band = settings.bridges.layers(len(sets.anchor.mask))
        share = settings.bridges.full_activation
        inputs = {
            "activations": reading,
            "anchor": _places(sets.anchor),
            "bridges": {code: _places(each) for code, each in sets.bridges.items()},
            "band": band,
            "full activation": share,
        }

        def make() -> Entry:
            activations = self._activations(probe, pair, sets.scored, settings.probe, reading)
            with self.progress("Computing what the released script would give"):
                scores = published(sets, activations, band, share)
            return Entry({}, {code: asdict(each) for code, each in scores.items()})

        stored = self.store.get("published", inputs, make).values
        return TypeAdapter(dict[str, PublishedScore]).validate_python(stored)

    def written(
        self, prompts: Sequence[str], spec: GenerationSpec, *, chat: bool, what: str
    ) -> tuple[list[str | None], int]:
        """Let the model continue prompts; None for one that leaves no room in the context.

        Also returns how often a batch was halved for lack of memory.
        """
        inputs = {
            "model": self.model.identity.key(),
            "prompts": list(prompts),
            "writing": [spec.stop.pattern, spec.max_tokens],
            "chat": chat,
            "generation": generation.SCHEME,
        }

        def make() -> Entry:
            model = self._loaded()
            texts = [model.chat(each) for each in prompts] if chat else prompts
            encoded = model.encode(texts, special=not chat, whole=True)
            fit = [len(each) + spec.max_tokens <= model.context for each in encoded]
            asked = [each for each, fits in zip(encoded, fit, strict=True) if fits]
            oom_splits: list[int] = []
            with self.progress(what, len(asked)) as tell:
                said = generation.generate(
                    model,
                    asked,
                    finished=spec.finished,
                    new_tokens=spec.max_tokens,
                    progress=tell,
                    oom_splits=oom_splits.append,
                )
            given = iter(said)
            values = [next(given) if fits else None for fits in fit]
            return Entry({}, {"written": values, "oom_splits": len(oom_splits)})

        kept = self.store.get("written", inputs, make).values
        return kept["written"], kept["oom_splits"]

    def likelihoods(
        self, prompts: Sequence[str], options: Sequence[Sequence[str]], *, chat: bool, what: str
    ) -> tuple[list[tuple[float, ...] | None], int]:
        """Score options per UTF-8 byte; None for a prompt that is longer than the context.

        Also returns how often a batch was halved for lack of memory.
        """
        inputs = {
            "model": self.model.identity.key(),
            "prompts": list(prompts),
            "options": [list(each) for each in options],
            "chat": chat,
            "scoring": scoring.SCHEME,
        }

        def make() -> Entry:
            model = self._loaded()
            texts = [model.chat(each) for each in prompts] if chat else prompts
            encoded = scoring.encode_options(model, texts, options, special=not chat)
            fit = [each.longest <= model.context for each in encoded]
            asked = [each for each, fits in zip(encoded, fit, strict=True) if fits]
            oom_splits: list[int] = []
            with self.progress(what, len(asked)) as tell:
                scored = scoring.likelihoods(
                    model, asked, progress=tell, oom_splits=oom_splits.append
                )
            given = iter(scored)
            values = [[each.per_byte for each in next(given)] if fits else None for fits in fit]
            return Entry({}, {"per_byte": values, "oom_splits": len(oom_splits)})

        kept = self.store.get("likelihoods", inputs, make).values
        return [None if each is None else tuple(each) for each in kept["per_byte"]], kept[
            "oom_splits"
        ]

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
            chat: whether prompts are wrapped in the tokenizer's chat template.

        Returns:
            The layers, and per prompt what was read off them.
        """
        inputs = {
            "model": self.model.identity.key(),
            "prompts": [asdict(each) for each in prompts],
            "band": list(band),
            "chat": chat,
            "lens": logit_lens.SCHEME,
            "batches": batching.SCHEME,
        }

        def make() -> Entry:
            model = self._loaded()
            depth = len(model.layers)
            layers = [at for at in range(depth) if band[0] <= at / depth < band[1]]
            asked = [
                replace(each, text=model.chat(each.text)) if chat else each for each in prompts
            ]
            with self.progress("Reading middle layers", len(asked)) as tell:
                read = logit_lens.read(model, asked, layers, chat=chat, progress=tell)
            return Entry({}, {"layers": layers, "readings": read})

        kept = self.store.get("latent", inputs, make).values
        readings = [
            {name: each if isinstance(each, str) else tuple(each) for name, each in one.items()}
            for one in kept["readings"]
        ]
        return tuple(kept["layers"]), readings

    def _reading(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        neurons: NeuronSet,
        settings: ProbeSettings,
    ) -> dict[str, Any]:
        return {
            "model": self.model.identity.key(),
            "pair": [[each.code, each.endonym] for each in pair],
            "words": probe.kept,
            "template": TEMPLATE,
            "pooling": settings.pooling,
            "special": settings.special,
            "chat": settings.chat,
            "neurons": _places(neurons),
            "batches": batching.SCHEME,
        }

    def _activations(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        neurons: NeuronSet,
        settings: ProbeSettings,
        inputs: Mapping[str, Any],
    ) -> ProbeActivations:
        def make() -> Entry:
            model = self._loaded()
            with self.progress("Reading the probe's activations", len(probe.kept)) as tell:
                read = capture(model, probe.kept, pair, neurons, settings, tell)
            values = {"straddling": read.straddling, "oom_splits": read.oom_splits}
            return Entry(_by_layer(read.values), values)

        entry = self.store.get("activations", inputs, make)
        return ProbeActivations(
            (pair[0].code, pair[1].code), neurons, _layers(entry.tensors), **entry.values
        )

    def _loaded(self) -> LanguageModel:
        if self.model.is_loaded:
            return self.model.load()
        with self.progress(f"Loading {self.model.identity.name} in {self.model.identity.dtype}"):
            return self.model.load()


def _places(neurons: NeuronSet) -> list[list[int]]:
    return [layer.nonzero().squeeze(1).tolist() for layer in neurons.mask]


def _by_layer(layers: Iterable[torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"{at:04d}": layer for at, layer in enumerate(layers)}


def _layers(tensors: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    return tuple(tensors[name] for name in sorted(tensors))


def _probe(values: Mapping[str, Any]) -> Probe:
    answers = tuple(
        Answer(each["word"], tuple(each["accepted"]), each["answer"], each["understood"])
        for each in values["answers"]
    )
    source, target = values["pair"]
    kept = tuple(values["kept"])
    return Probe((source, target), answers, kept, values["basis"], values["oom_splits"])
