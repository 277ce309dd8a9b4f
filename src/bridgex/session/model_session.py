"""The two doors to a model in one object."""

from bridgex.errors import ModelError
from bridgex.probe import Probe, ProbeSettings, judged, probe_prompts, probe_words
from bridgex.session.asking import AskingSession
from bridgex.session.reading import ReadingSession
from bridgex.tasks.word_chain import GENERATION
from bridgex.texts import Lexicon


class ModelSession(AskingSession, ReadingSession):
    """One model and everything that is asked of it or read inside it."""

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
