"""Files given by path, or else the embedded words: what tasks read until `Texts` takes over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts import Lexicon, read_lexicon, sample_lexicon

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class GivenTexts:
    """Dictionary files and benchmark folders as a call names them; see `TaskTexts`.

    Attributes:
        lexicons: dictionary files or folders; None for the embedded words.
        data: folder of the benchmark, or task → folder.
        split: ``dev``, ``test``, …, where a language has several files.
    """

    lexicons: Paths | None = None
    data: str | Path | Mapping[str, str | Path] | None = None
    split: str | None = None

    def lexicon(self, source: Language, target: Language) -> Lexicon:
        """Return the dictionary of a pair from the given files, or else the embedded one.

        Raises:
            TextError: the files are damaged or do not serve the pair, or there are no embedded
                words.
        """
        if self.lexicons:
            return read_lexicon(self.lexicons, source, target)
        return sample_lexicon(source, target)

    def has_lexicon(self, source: Language, target: Language) -> bool:
        """Whether files are given or embedded words serve the pair."""
        return bool(self.lexicons) or {source, target} <= set(PAPER_LANGUAGES)

    def dictionaries_into(
        self, bridges: Sequence[Language], source: Language
    ) -> dict[str, Lexicon]:
        """Return dictionaries from the source into bridges, as many as there are.

        What the given files do not serve comes from the embedded words.
        """
        read = {bridge.code: self._dictionary(source, bridge) for bridge in bridges}
        return {code: lexicon for code, lexicon in read.items() if lexicon}

    def _dictionary(self, source: Language, bridge: Language) -> Lexicon | None:
        if self.lexicons:
            try:
                return read_lexicon(self.lexicons, source, bridge)
            except TextError:
                pass  # the files serve the pair, and need not serve every bridge
        known = {source, bridge} <= set(PAPER_LANGUAGES)
        return sample_lexicon(source, bridge) if known else None

    def benchmark_folder(self, task: str, benchmark: str) -> Path | None:
        """Return the folder that was given for a task, under its name or its benchmark's."""
        data = self.data
        if isinstance(data, Mapping):
            data = data.get(task, data.get(benchmark))
        return None if data is None else Path(data)
