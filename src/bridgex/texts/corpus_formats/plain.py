"""Plain text, one sentence a line: FLORES-200, NTREX-128, and most text of one's own."""

import re
from pathlib import Path

from bridgex.errors import TextError
from bridgex.texts.corpus_formats.base import Sentences
from bridgex.texts.files import TextFile, plain_name, read_text, trimmed

_STRUCTURED = re.compile(r"\.(?:[ct]sv|jsonl?|parquet|arrow|xml|html?|md|gz|bz2|xz|zst|zip|tar)$")


class Plain:
    """Files of any name that does not say otherwise."""

    name = "plain text"

    def recognises(self, path: Path) -> bool:
        """Whether the name has no ending of another format."""
        return not _STRUCTURED.search(plain_name(path).casefold())

    def read(self, path: Path, field: str | None) -> tuple[TextFile, Sentences]:
        """Read each line as a sentence."""
        if field is not None:
            raise TextError(f"{path} is plain text and has no field '{field}'; leave it out.")
        file = read_text(path)
        return file, tuple((at, trimmed(line)) for at, line in enumerate(file.lines, start=1))
