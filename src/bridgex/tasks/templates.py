"""What every task looks like in every style: one table a task, one template a style.

`default` is ours, `lm-eval` that of lm-evaluation-harness (lm_eval 0.4.13) to the character, and
`paper` that of Xu et al. (2025). Braces are filled in by `bridgex.tasks.templated.Templated`:

=================== ===========================================================================
``{context}``       what is read; through a bridge `Template.bridged`, or its translation alone
``{query}``         what is asked about it
``{options}``       all options, each as `Template.listed`, joined by `Template.joined`
``{option}``        one option in words, ``{letter}`` its letter
``{words.…}``       words of the language of instructions, from `bridgex.tasks.labels`, or from
                    `bridgex.tasks.harness` in the style of the harness
``{asked.…}``       the same in the language of what is read
``{read}``          the language of what is read: the bridge where its translation stands alone
``{target}``        the target language: ``{target.name}`` (Swahili), ``{target.endonym}``
``{relation}``      of XCOPA: what is asked for, cause or effect
``{connective}``    of XCOPA: what leads to it (because, so); ``{comma}`` and ``{space}`` before and
                    after it as its script has them
=================== ===========================================================================

So XNLI in the style of the harness, for Swahili: `NLI` says ``" {context}, {words.right}?"`` with
``" {option}, {query}"`` to follow, and `bridgex.tasks.harness` that its words are ``sahihi``,
``Ndiyo``, ``Hivyo`` and ``Hapana``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bridgex.tasks.base import Answering, Style


@dataclass(frozen=True)
class Template:
    """What an item looks like.

    Attributes:
        prompt: all up to where the answer begins.
        option: what follows it: each of the options that are scored, and a solved example's answer.
        listed: one option where the prompt lists them.
        joined: what stands between listed options.
        bridged: the context and its translation through a bridge, beside one another.
        pivot: what is continued by that translation; `Task.pivot_translation` reads it.
        answerings: how it can be answered, its own way first.
        written: what an item looks like instead where the answer is written, not chosen.
    """

    prompt: str
    option: str = " {option}"
    listed: str = "{option}"
    joined: str = " / "
    bridged: str = "{context}\n{bridge.endonym}: {translation}"
    pivot: str = "{source.endonym}: {context}\n{bridge.endonym}:"
    answerings: tuple[Answering, ...] = ("likelihood", "generate")
    written: "Template | None" = None

    @property
    def has_words(self) -> bool:
        """Whether words in it depend on the language of instructions."""
        return any(field in self.prompt for field in ("{words.", "{relation}", "{connective}"))


MRC: Mapping[Style, Template] = {
    "default": Template(
        "{words.passage}: {context}\n{words.question}: {query}\n{options}\n{words.answer}:",
        option=" {letter}",
        listed="{letter}. {option}",
        joined="\n",
    ),
    "lm-eval": Template(
        "P: {context}\nQ: {query}\n{options}\nAnswer:",
        option=" {letter}",
        listed="{letter}: {option}",
        joined="\n",
    ),
    "paper": Template(
        "{context}\n{query}\n{options}\nAnswer:",
        option=" {letter}",
        listed="{letter}. {option}",
        joined="\n",
        bridged="{translation}",
        pivot="Translate the following text from {source.name} to {bridge.name}:\n{context}\n",
        answerings=("generate",),
    ),
}
"""Belebele. The harness's is ``belebele``."""

NLI: Mapping[Style, Template] = {
    "default": Template(
        "{words.passage}: {context}\n{words.statement}: {query}\n{words.answer} ({options}):"
    ),
    "lm-eval": Template(
        " {context}, {words.right}?", option=" {option}, {query}", answerings=("likelihood",)
    ),
}
"""XNLI. The harness's is ``xnli``, which scores the whole of it: what is the same in every option
is here in the prompt, so that differences between options are the harness's."""

COMMONSENSE: Mapping[Style, Template] = {
    "default": Template(
        "{clause}{comma}{connective}",
        option="{space}{uncapitalised}",
        written=Template(
            "{context}\n{words.question}: {relation}?\n{options}\n{words.answer}:",
            option=" {letter}",
            listed="{letter}. {option}",
            joined="\n",
        ),
    ),
    "lm-eval": Template(
        "{cut} {connective}", option=" {uncapitalised}", answerings=("likelihood",)
    ),
}
"""XCOPA. The harness's is ``xcopa``. ``{clause}`` is the context without the mark that ends its
sentence, ``{cut}`` without its last character, whatever that is; ``{uncapitalised}`` is an option
from a small letter on."""

TOPIC: Mapping[Style, Template] = {
    "default": Template(
        "{words.passage}: {context}\n{words.topic}:",
        written=Template("{words.passage}: {context}\n{words.topic} ({options}):"),
    ),
    "lm-eval": Template(
        "Given the categories science/technology, travel, politics, sports, health, "
        "entertainment, or geography; what category does the text: '{context}' belong to: \n\n"
    ),
}
"""SIB-200. Listing the topics costs accuracy where they are scored anyway (docs/results.md). The
harness's is AfroBench's first prompt (``sib_…_prompt_1``), English for all."""

MATHEMATICS: Mapping[Style, Template] = {
    "default": Template("{words.question}: {context}\n{words.steps}:", answerings=("generate",)),
    "lm-eval": Template("{asked.question} {context}\n{words.steps}", answerings=("generate",)),
}
"""MGSM. The harness's is ``mgsm_native_cot``, and with instructions in English ``mgsm_en_cot``."""

TRANSLATION: Mapping[Style, Template] = {
    "default": Template("{read.endonym}: {context}\n{target.endonym}:", answerings=("generate",)),
    "lm-eval": Template(
        "{read.name} sentence: {context}\n{target.name} sentence:",
        option="{option}",
        bridged="{context}\n{bridge.name} sentence: {translation}",
        answerings=("generate",),
    ),
}
"""FLORES. The harness's are ``spanish_bench_flores_…`` and its sisters (Basque, Catalan, Galician,
Portuguese), English for all; a solved example's answer follows the colon without a space."""
