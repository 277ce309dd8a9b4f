"""Texts as a task's reader takes them, from what a test has in hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.texts import Lexicon


@dataclass(frozen=True)
class FolderTexts:
    """One folder for every benchmark, and dictionaries by their pair's codes."""

    folder: Path | None = None
    split: str | None = None
    lexicons: Mapping[tuple[str, str], Lexicon] = field(default_factory=dict)

    def lexicon_of(self, source: Language, target: Language) -> Lexicon:
        try:
            return self.lexicons[source.code, target.code]
        except KeyError:
            raise TextError(f"No dictionary {source.name}–{target.name}.") from None

    def dictionaries_into(
        self, bridges: Sequence[Language], source: Language
    ) -> dict[str, Lexicon]:
        pairs = {bridge.code: (source.code, bridge.code) for bridge in bridges}
        return {code: self.lexicons[pair] for code, pair in pairs.items() if pair in self.lexicons}

    def benchmark_folder(
        self, task: str, benchmark: str, languages: Sequence[Language] = ()
    ) -> Path | None:
        return self.folder
