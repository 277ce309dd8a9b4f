"""The model in this process, as a backend."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridgex.conversation import Prompt
from bridgex.generation import GenerationSpec
from bridgex.lm import generate as generation
from bridgex.lm import likelihood as scoring
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.chat import answer_separator, render_chat
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.model import LanguageModel


class LocalBackend:
    """Answers prompts with a model of transformers in this process; see `bridgex.lm.backend`."""

    def __init__(
        self,
        identity: ModelIdentity,
        load: Callable[[], LanguageModel],
        tokenizer: Callable[[], Any] | None = None,
    ) -> None:
        """Take a model that may not be loaded yet.

        Args:
            identity: what the model is.
            load: gives the model; called for every question, so it should load it once.
            tokenizer: gives its tokenizer alone, which is all that a chat template needs; that of
                the loaded model by default.
        """
        self._model = identity
        self._load = load
        self._tokenizer = tokenizer or (lambda: load().tokenizer)

    @property
    def model(self) -> ModelIdentity:
        """What the model is."""
        return self._model

    @property
    def context(self) -> int:
        """Number of tokens it reads at once; the model is loaded for it."""
        return self._load().context

    def tokenizer(self) -> Any:
        """Return its tokenizer, for which the model need not be loaded.

        Raises:
            ModelError: it cannot be read.
        """
        return self._tokenizer()

    @property
    def identity(self) -> Mapping[str, str]:
        """What determines its answers."""
        generated = generation.scheme(self._model.device)
        schemes = {"generation": generated, "scoring": scoring.SCHEME}
        return self._model.key() | schemes

    def given(self, prompts: Sequence[Prompt], *, chat: bool) -> list[str]:
        """Return prompts as the model reads them; the model is not loaded for it.

        Raises:
            ModelError: the chat template cannot be used; see `render_chat`.
        """
        if not chat:
            return [str(prompt) for prompt in prompts]
        return render_chat(self._tokenizer(), prompts, self._model.name)

    def generate(
        self,
        prompts: Sequence[Prompt],
        spec: GenerationSpec,
        *,
        chat: bool,
        on_result: Callable[[int, Generated], None],
    ) -> None:
        """Continue prompts.

        Raises:
            ModelError: see `bridgex.lm.generate.generate` and `render_chat`.
            RequestError: a prompt has no token.
        """
        texts = self.given(prompts, chat=chat)
        model = self._load()
        encoded = model.encode_prompts(texts, chat=chat, whole=True)
        fitting: list[int] = []
        for at, text in enumerate(encoded):
            if len(text) + spec.max_tokens <= model.context:
                fitting.append(at)
            else:
                on_result(at, Generated(None))
        generation.generate(
            model,
            [encoded[at] for at in fitting],
            spec=spec,
            on_result=lambda row, generated: on_result(fitting[row], generated),
        )

    def score(
        self,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        on_result: Callable[[int, ScoredOptions], None],
    ) -> None:
        """Score the options of prompts.

        Raises:
            ModelError: see `bridgex.lm.likelihood.likelihoods` and `render_chat`.
            RequestError: a prompt without options, or an option that cannot be scored.
        """
        texts = self.given(prompts, chat=chat)
        if chat:
            before = answer_separator(self._tokenizer(), self._model.name) if prompts else ""
            options = [[before + option.lstrip() for option in row] for row in options]
        model = self._load()
        encoded = scoring.encode_options(model, texts, options, special=not chat)
        fitting: list[int] = []
        for at, prompt in enumerate(encoded):
            if prompt.longest <= model.context:
                fitting.append(at)
            else:
                on_result(at, ScoredOptions(None))
        scoring.likelihoods(
            model,
            [encoded[at] for at in fitting],
            on_result=lambda row, scored: on_result(fitting[row], scored),
        )
