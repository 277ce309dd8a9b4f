"""Reading a text file: what is accepted, what is refused, and how its characters are normalised.

Normalisation policy, the same for lexicons, corpora and benchmarks:

- UTF-8, as it is or compressed with gzip (told by its first bytes, whatever the name); a byte order
  mark is dropped; LF, CR LF and CR end a line, nothing else does;
- invisible characters go: zero-width space and no-break space, word joiner, soft hyphen, and the
  marks, embeddings and isolates of text direction. The zero-width joiner and non-joiner stay, for
  Persian and the Indic scripts write with them;
- every other white space (no-break, thin, ideographic, tab, …) becomes a plain space, runs of it
  one, and none is left at the ends;
- Unicode normalisation form C. Nothing is casefolded and no vowel point is removed here:
  ``bridgex.texts.words.fold`` does that where words are compared.
"""

import gzip
import re
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import TextError

INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2061-\u2064\u2066-\u2069\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_GZIP = b"\x1f\x8b"
_LINE_END = re.compile(r"\r\n?")
_UNREADABLE = (OSError, EOFError, zlib.error)
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|body|title|\?xml)", re.IGNORECASE
)
_POINTER = b"version https://git-lfs."


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read whole.

    Attributes:
        path: where it lies.
        raw: its bytes.
    """

    path: Path
    raw: bytes

    def error(self, line: int, what: str) -> TextError:
        """Return the error that says ``what`` is wrong at a line (or row), counted from 1."""
        return TextError(f"{self.path}, line {line}: {what}")


@dataclass(frozen=True, slots=True)
class TextFile(SourceFile):
    """A text file that was read whole.

    Attributes:
        path: where it lies.
        raw: its bytes, as they lie there.
        lines: its lines without line ends, in form C, without invisible characters; white space
            is as in the file. Line ``i`` of the file is ``lines[i - 1]``.
    """

    lines: tuple[str, ...]


def read_text(path: Path) -> TextFile:
    """Read a text file whole.

    Raises:
        TextError: the file is missing, unreadable, empty, cut short, not UTF-8, binary, a web page
            or a pointer of Git LFS.
    """
    raw = read_bytes(path)
    content = _unpacked(path, raw) if raw.startswith(_GZIP) else raw
    if not content.strip():
        raise TextError(f"{path} is empty; download or write it again.")
    if is_web_page(content):
        raise TextError(f"{path} is a web page, not a text file; download the file itself again.")
    if content.startswith(_POINTER):
        raise TextError(f"{path} is a pointer of Git LFS, not the file; run git lfs pull there.")
    text = _INVISIBLE.sub("", _decoded(path, content))
    text = unicodedata.normalize("NFC", _LINE_END.sub("\n", text))
    return TextFile(path, raw, tuple(text.removesuffix("\n").split("\n")))


def is_web_page(raw: bytes) -> bool:
    """Whether bytes begin as HTML or XML does: an error page saved under the name of a file."""
    return _MARKUP.match(raw) is not None


def head(path: Path) -> list[str]:
    """Return the first lines of a file, some 4,096 bytes, whatever bytes they are."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            start = file.read(4096)
    except _UNREADABLE:
        return []
    return _LINE_END.sub("\n", start.decode("utf-8-sig", "replace")).split("\n")


def plain_name(path: Path) -> str:
    """Return the name of a file without ``.gz`` at its end."""
    return path.name.removesuffix(".gz")


def ending(path: Path) -> str:
    """Return the ending of a file's name, casefolded, ``.gz`` aside: ``.tsv`` of ``x.TSV.gz``."""
    return Path(plain_name(path)).suffix.casefold()


def trimmed(line: str) -> str:
    """Return a line with runs of white space made one plain space, and none at its ends."""
    return " ".join(line.split())


def normalised(text: str) -> str:
    """Return a text that was quoted or escaped in its file as the policy above wants it."""
    return trimmed(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)))


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        TextError: the file is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TextError(f"{path} is not there; check the path.") from None
    except IsADirectoryError:
        raise TextError(f"{path} is a folder; give the file itself.") from None
    except OSError as problem:
        raise TextError(f"{path} cannot be read: {problem.strerror}.") from None


def _unpacked(path: Path, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except _UNREADABLE:
        raise TextError(
            f"{path} is a gzip file that is cut short or damaged; download it again."
        ) from None


def _decoded(path: Path, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise TextError(
            f"{path}, line {line}: not UTF-8; convert the file to UTF-8 (or unpack it) first."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TextError(f"{path}, line {line}: a NUL character; this is not a UTF-8 text file.")
    return text
