"""One model, loaded at most once, with the store and the meters of what is computed with it."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bridgex.errors import RequestError
from bridgex.lm.ablation import AblatedBackend, Held
from bridgex.lm.backend import Backend
from bridgex.lm.chat import thinking_switches
from bridgex.lm.loading import require_name
from bridgex.lm.local import LocalBackend
from bridgex.lm.model import LanguageModel
from bridgex.lm.server import Server, ServerBackend
from bridgex.lm.server_report import Meeting
from bridgex.lm.source import ModelSource
from bridgex.progress import Progress, silent
from bridgex.session.metering import Cost, Meter
from bridgex.storage.store import Store


class SessionBase:
    """A model, where its results are kept, and where progress is reported.

    A named model is located when it is first needed, so that a request is checked and its texts
    are read before. It is loaded once, when something is asked of it that is not stored yet.

    Attributes:
        store: where results are kept.
        progress: where progress is reported.
    """

    def __init__(
        self,
        name: str | None = "demo",
        *,
        model: Any = None,
        tokenizer: Any = None,
        digest: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        generate_with: str | Server | Backend | None = None,
        store: Store | None = None,
        progress: Progress = silent,
    ) -> None:
        """Name a model, or take one that is in memory already.

        Args:
            name: ``demo``, a Hugging Face id (``id@revision``), a model folder or a GGUF file;
                None for a model that is only asked, on a server.
            model: a decoder-only model of transformers in memory, in evaluation mode.
            tokenizer: its tokenizer.
            digest: what identifies a model in memory; by default computed from its configuration
                and weights.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``balanced`` (all GPUs) or ``mps``.
            dtype: ``auto``, ``bfloat16``, ``float16`` or ``float32``.
            generate_with: who generates and scores instead of the model in this process: the
                address of a server, a `Server`, or a backend of your own.
            store: where results are kept; the user's cache by default.
            progress: where progress is reported.

        Raises:
            ModelError: the name can be no model's, or a model in memory is not what can be read
                inside.
            RequestError: the address is none of a server, or there is neither model nor server.
        """
        self.store = store or Store()
        self.progress = progress
        self._source = (
            None
            if model is None
            else ModelSource.in_memory(model, tokenizer, digest=digest, progress=progress)
        )
        if model is None and name is not None and generate_with is None:
            require_name(name)
        self._name, self._device, self._dtype = name, device, dtype
        asked = Server(generate_with) if isinstance(generate_with, str) else generate_with
        if name is None and model is None and not isinstance(asked, Server):
            raise RequestError(
                "A session without a model in the process needs a server that has one; give its "
                "address with generate_with (--generate-with)."
            )
        self._generate_with = asked
        self._meters: list[Meter] = []
        self._ablated: AblatedBackend | None = None

    @property
    def model(self) -> ModelSource:
        """The model, located and identified.

        Raises:
            ModelError: it is not there, or cannot be read.
            StoreError: the cache cannot be written.
        """
        if self._source is None:
            self._source = (
                ModelSource.only_asked(self._server.model)
                if self._name is None and self._server is not None
                else ModelSource(
                    self._name or "demo",
                    device=self._device,
                    dtype=self._dtype,
                    progress=self.progress,
                )
            )
        return self._source

    @functools.cached_property
    def _server(self) -> ServerBackend | None:
        if not isinstance(self._generate_with, Server):
            return None
        only_asked = self._name is None and self._source is None
        return ServerBackend(self._generate_with, None if only_asked else self._local, self.store)

    @property
    def backend(self) -> Backend:
        """Who generates: the model in this process unless another was given."""
        if self._ablated is not None:
            return self._ablated
        given = self._server or self._generate_with
        return self._local if given is None or isinstance(given, Server | str) else given

    @property
    def scorer(self) -> Backend:
        """Who scores options: the backend, or the model in this process where that cannot."""
        server = self._server
        keeps = server is not None and not server.scores and not server.only_asked
        return self._local if keeps else self.backend

    def require_ablation(self) -> None:
        """Refuse to hold neurons of a model that answers elsewhere.

        Raises:
            RequestError: a server or a backend of one's own answers.
        """
        if self._generate_with is not None:
            raise RequestError(
                "Neurons can be silenced only where the model itself answers in this process, and "
                "a server answers here; leave out generate_with (--generate-with)."
            )

    @contextmanager
    def ablated(self, held: Held) -> Iterator[None]:
        """Within the block, let the model answer with some of its neurons held.

        What is read inside the model (statistics, activations) is of the whole model as before.

        Args:
            held: the neurons, and what each is held at.

        Raises:
            RequestError: see `require_ablation`.
        """
        self.require_ablation()
        before = self._ablated
        self._ablated = AblatedBackend(self.model.identity, self.load, self.model.tokenizer, held)
        try:
            yield
        finally:
            self._ablated = before

    def server_report(self) -> Meeting:
        """Return what is known of the server that answers, and how it differs from the model.

        Raises:
            RequestError: no server answers, or it has several models and none is named.
            ServerError: it cannot be reached, or its model is another and that is not allowed.
        """
        if self._server is None:
            raise RequestError("No server answers here; name one with generate_with.")
        return self._server.meeting

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of results should know of who answered, in sentences."""
        return self._server.notes if self._server is not None else ()

    @functools.cached_property
    def _local(self) -> LocalBackend:
        return LocalBackend(self.model.identity, self.load, self.model.tokenizer)

    @property
    def loads(self) -> int:
        """How often the model was loaded: 0 or 1."""
        return int(self._source is not None and self._source.is_loaded)

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

    def chat_label(self, *, chat: bool) -> str:
        """Return the part of a signature that tells of the chat template; empty without one.

        Raises:
            ModelError: the tokenizer cannot be read.
        """
        if not chat:
            return ""
        if self._server is not None and self._server.only_asked:
            return " · chat"
        off = thinking_switches(self.model.tokenizer())
        return " · chat, thinking off" if off else " · chat"

    @contextmanager
    def metered(self) -> Iterator[Meter]:
        """Count what is asked within the block."""
        meter = Meter()
        self._meters.append(meter)
        try:
            yield meter
        finally:
            self._meters.remove(meter)

    def _count(self, key: str, cost: Cost) -> None:
        for meter in self._meters:
            meter.costs[key] = cost
