"""Reading inside the model: statistics, activations, scores from them, and the logit lens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import torch

from bridgex.bridges import BridgeRanking, BridgeSets, score
from bridgex.bridges.settings import BridgeSettings
from bridgex.inputs import Budget
from bridgex.languages import Language
from bridgex.lm import batches as batching
from bridgex.lm import embeddings as sentence_embeddings
from bridgex.lm import lens as logit_lens
from bridgex.lm.ablation import TokenValues, token_values
from bridgex.lm.budget import padded_tokens
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.memory import memory_notes
from bridgex.lm.model import LanguageModel
from bridgex.lm.sequences import Sequences, sentences_within, sequences
from bridgex.neurons import ActivationStats, NeuronSet, ProbeActivations
from bridgex.probe import Probe, ProbeSettings, capture
from bridgex.session.base import SessionBase
from bridgex.session.metering import Cost
from bridgex.storage.store import Entry, stage_key
from bridgex.tasks.word_chain import prompt
from bridgex.texts import Corpus
from bridgex.version import rules


class ReadingSession(SessionBase):
    """What reads inside the model: it needs the model in this process."""

    def within(self, corpus: Corpus, budget: Budget) -> Corpus:
        """Return the first sentences of a corpus, as many as the budget allows.

        Raises:
            ModelError: the budget is in tokens and the model cannot be loaded.
        """
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
            count = sentences_within(self.load(), corpus.sentences, tokens)
            return Entry({}, {"sentences": count})

        count = self.store.get("budget", inputs, make, lambda entry: int(entry.values["sentences"]))
        return replace(corpus, sentences=corpus.sentences[:count])

    def stats(self, corpus: Corpus, how: Sequences, *, special: bool = False) -> ActivationStats:
        """Count positive activations on a corpus.

        Args:
            corpus: sentences of one language.
            how: what one sequence is.
            special: whether special tokens (BOS and the like) are counted.

        Raises:
            ModelError: the model cannot be loaded, or memory runs out on a single sequence.
            StoreError: the cache cannot be written.
        """
        inputs = {
            "model": self.model.identity.key(),
            "corpus": corpus.digest,
            "sequences": how,
            "special": special,
            "batches": batching.scheme(self.model.identity.device),
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
            return Entry(_by_layer(counter.positive), values | _batch_size(model))

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

    def token_values(
        self, corpora: Sequence[Corpus], neurons: NeuronSet, *, seed: int
    ) -> TokenValues:
        """Read chosen neurons on corpora: on average, and on one drawn token of each sentence.

        Args:
            corpora: sentences; every one counts alike.
            neurons: the neurons to read.
            seed: of the drawn tokens.

        Raises:
            ModelError: the model cannot be loaded, or a sentence is longer than its context.
            RequestError: there are no neurons.
            StoreError: the cache cannot be written.
        """
        inputs = {
            "model": self.model.identity.key(),
            "corpora": [corpus.digest for corpus in corpora],
            "neurons": _indices(neurons),
            "seed": seed,
            "batches": batching.scheme(self.model.identity.device),
            "rules": rules("ablation"),
        }
        sentences = [sentence for corpus in corpora for sentence in corpus.sentences]

        def make() -> Entry:
            model = self.load()
            with self.progress("Reading what neurons are held at", len(sentences)) as advance:
                read = token_values(model, model.encode(sentences), neurons, seed, advance)
            mean = {f"mean-{at:04d}": layer for at, layer in enumerate(read.mean)}
            return Entry(
                mean | {f"drawn-{at:04d}": layer for at, layer in enumerate(read.drawn)}, {}
            )

        def parse(entry: Entry) -> TokenValues:
            def named(kind: str) -> tuple[torch.Tensor, ...]:
                names = sorted(name for name in entry.tensors if name.startswith(kind))
                return tuple(entry.tensors[name] for name in names)

            return TokenValues(neurons, named("mean"), named("drawn"))

        self._count(stage_key("token_values", inputs), Cost(2 * len(sentences)))
        return self.store.get("token_values", inputs, make, parse)

    def activations(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        neurons: NeuronSet,
        settings: ProbeSettings,
    ) -> ProbeActivations:
        """Read the chosen neurons on the prompts of the probe's words.

        Args:
            probe: its kept words are read.
            pair: source and target language.
            neurons: the neurons to read.
            settings: how a prompt is pooled over, and whether it is wrapped in the chat template.

        Returns:
            Pooled activations, per layer (chosen neurons, prompts).

        Raises:
            ModelError: the model cannot be loaded, or a prompt is longer than its context.
            StoreError: the cache cannot be written.
        """
        inputs = self._activation_inputs(probe, pair, neurons, settings)

        def make() -> Entry:
            model = self.load()
            kept = probe.kept
            with self.progress("Reading the probe's activations", len(kept)) as advance:
                captured = capture(model, kept, pair, neurons, settings, advance)
            values = {"straddling": captured.straddling, "oom_splits": captured.oom_splits}
            return Entry(_by_layer(captured.values), values | _batch_size(model))

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
        """Score the candidates, from activations that are stored too.

        Args:
            probe: its kept words are read.
            pair: source and target language.
            sets: anchor, bridge sets and pool of the null.
            probing: how the activations are read.
            scoring: how they are scored.

        Raises:
            DependenceUndefinedError: too few prompts, or activations that are NaN or infinite.
            ModelError: as for `activations`.
            StoreError: the cache cannot be written.
        """
        activation_inputs = self._activation_inputs(probe, pair, sets.needed, probing)
        inputs = {
            "activations": activation_inputs,
            "anchor": _indices(sets.anchor),
            "bridges": {code: _indices(neurons) for code, neurons in sets.bridges.items()},
            "pool": _indices(sets.pool),
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

        self._count(stage_key("activations", activation_inputs), Cost(len(probe.kept)))
        return self.store.get(
            "ranking", inputs, make, lambda entry: BridgeRanking.from_dict(entry.values)
        )

    def embeddings(self, corpus: Corpus) -> torch.Tensor:
        """Embed the sentences of a corpus after each layer; see `bridgex.lm.embeddings`.

        Returns:
            (layers, sentences, width) float32.

        Raises:
            ModelError: the model cannot be loaded, or a sentence is longer than its context.
            StoreError: the cache cannot be written.
        """
        inputs = {
            "model": self.model.identity.key(),
            "corpus": corpus.digest,
            "embeddings": sentence_embeddings.SCHEME,
            "batches": batching.SCHEME,
            "rules": rules("embeddings"),
        }

        def make() -> Entry:
            model = self.load()
            texts = model.encode(corpus.sentences)
            with self.progress(f"{corpus.language.name}: embedding", len(texts)) as advance:
                made = sentence_embeddings.embeddings(model, texts, progress=advance)
            return Entry(_by_layer(made), {})

        self._count(stage_key("embeddings", inputs), Cost(len(corpus.sentences)))
        return self.store.get(
            "embeddings", inputs, make, lambda entry: torch.stack(_layers(entry.tensors))
        )

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
            The layers, and per prompt: name → what was read off each of them.

        Raises:
            ModelError: the model cannot be loaded or has no usable chat template, or a prompt
                cannot be read.
            StoreError: the cache cannot be written.
        """
        texts = self._local.given([prompt.text for prompt in prompts], chat=chat)
        rendered = [replace(prompt, text=text) for prompt, text in zip(prompts, texts, strict=True)]
        inputs = {
            "model": self.model.identity.key(),
            "prompts": [asdict(prompt) for prompt in rendered],
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
            with self.progress("Reading middle layers", len(rendered)) as advance:
                readings = logit_lens.read(model, rendered, layers, chat=chat, progress=advance)
            return Entry({}, {"layers": layers, "readings": readings})

        def parse(entry: Entry) -> tuple[tuple[int, ...], list[dict[str, logit_lens.Reading]]]:
            readings = [
                {
                    name: reading if isinstance(reading, str) else tuple(reading)
                    for name, reading in by_name.items()
                }
                for by_name in entry.values["readings"]
            ]
            return tuple(entry.values["layers"]), readings

        self._count(stage_key("latent", inputs), Cost(len(prompts)))
        return self.store.get("latent", inputs, make, parse)

    def _activation_inputs(
        self,
        probe: Probe,
        pair: tuple[Language, Language],
        neurons: NeuronSet,
        settings: ProbeSettings,
    ) -> dict[str, Any]:
        return {
            "model": self.model.identity.key(),
            "pair": [language.code for language in pair],
            "words": probe.kept,
            "prompts": self._local.given(
                [prompt(word, *pair) for word in probe.kept], chat=settings.chat
            ),
            "pooling": settings.pooling,
            "special": settings.special,
            "chat": settings.chat,
            "neurons": _indices(neurons),
            "batches": batching.scheme(self.model.identity.device),
            "rules": rules("pooling"),
        }


def _batch_size(model: LanguageModel) -> dict[str, int]:
    return {"padded_tokens": padded_tokens(model, batching.PADDED_TOKENS)}


def _indices(neurons: NeuronSet) -> list[list[int]]:
    return [layer.nonzero().squeeze(1).tolist() for layer in neurons.mask]


def _by_layer(layers: Iterable[torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"{at:04d}": layer for at, layer in enumerate(layers)}


def _layers(tensors: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    return tuple(tensors[name] for name in sorted(tensors))
