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

Files are read in pieces, from the front, and only as far as lines are asked for.
"""

import codecs
import functools
import gzip
import os
import re
import stat
import unicodedata
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridgex.errors import TextError
from bridgex.texts.limits import current_limits, raise_limit, require_size

INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2061-\u2064\u2066-\u2069\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_LINE_END = re.compile(r"\r\n?")
_UNREADABLE = (OSError, EOFError, ValueError, zlib.error)
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|body|title|\?xml)", re.IGNORECASE
)
_POINTER = b"version https://git-lfs."
_GZIP = b"\x1f\x8b"
_PACKED = {
    rb"BZh[1-9]1AY&SY": ("bzip2", "bunzip2"),
    rb"\xfd7zXZ\x00": ("xz", "unxz"),
    rb"\x28\xb5\x2f\xfd": ("Zstandard", "unzstd"),
    rb"PK\x03\x04": ("ZIP", "unzip; a spreadsheet: save it as CSV"),
    rb"7z\xbc\xaf\x27\x1c": ("7-Zip", "7z x"),
}
"""First bytes of compressed files that are not unpacked here, their names and what unpacks them."""
_WIDE = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
"""Byte order marks of encodings that spreadsheets call "Unicode text"."""
_CHUNK = 2**18
_HEAD = 2**16
MOST_MARKS = 30
"""Combining marks in a row that any writing needs: Stream-Safe Text Format, UAX 15, section 13."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that texts are read from.

    Attributes:
        path: where it lies.
        state: its inode, size and time of modification when it was opened.
    """

    path: Path
    state: tuple[int, int, int]

    def error(self, line: int, what: str) -> TextError:
        """Return the error that says ``what`` is wrong at a line (or row), counted from 1."""
        return TextError(f"{self.path}, line {line}: {what}")

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the file as they lie there.

        Raises:
            TextError: the file is gone, or is no longer what it was when it was first opened.
        """
        with opened(self.path) as file:
            if _state(file) != self.state:
                raise TextError(f"{self.path} has changed while it was read; run again.")
            while chunk := file.read(_CHUNK):
                yield chunk


@dataclass(frozen=True, slots=True)
class TextStream(SourceFile):
    """A text file that is read line by line, as far as is needed.

    Attributes:
        path: where it lies.
        state: its inode, size and time of modification when it was opened.
    """

    @property
    def lines(self) -> Iterator[str]:
        """Its lines without line ends, in form C, without invisible characters, from the first.

        White space is as in the file. A line is refused when it is reached, not before.
        """
        number = 1
        for content in self._whole_lines():
            text, problem = _decoded(content)
            lines = text.removesuffix("\n").split("\n") if text else []
            yield from lines
            number += len(lines)
            if problem:
                raise self.error(number, problem)

    def _whole_lines(self) -> Iterator[bytes]:
        """Yield the unpacked content in pieces that end where a line ends."""
        rest, blank, first = b"", True, True
        with closing(self._content()) as content:
            for chunk in content:
                rest += chunk
                if first:
                    _require_text(self.path, rest)
                    first = False
                blank = blank and not chunk.strip()
                end = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, -1) + 1
                if end:
                    yield rest[:end]
                    rest = rest[end:]
                if len(rest) > current_limits().line:
                    raise TextError(
                        f"{self.path} has a line of more than {current_limits().line:,} bytes; "
                        f"write one sentence or entry a line, or, {raise_limit('line')}."
                    )
        if blank:
            raise TextError(f"{self.path} is empty; download or write it again.")
        if rest:
            yield rest

    def _content(self) -> Generator[bytes]:
        with opened(self.path) as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            unpacked = 0
            try:
                source = gzip.GzipFile(fileobj=file) if packed else file
                while chunk := source.read(_CHUNK):
                    unpacked += len(chunk)
                    require_size(self.path, unpacked, file.tell() if packed else None)
                    yield chunk
            except _UNREADABLE as problem:
                raise TextError(_unreadable(self.path, problem, packed=packed)) from None


@dataclass(frozen=True, slots=True)
class TextFile(SourceFile):
    """A text file that was read whole.

    Attributes:
        path: where it lies.
        state: its inode, size and time of modification when it was opened.
        lines: its lines without line ends, in form C, without invisible characters; white space
            is as in the file. Line ``i`` of the file is ``lines[i - 1]``.
    """

    lines: tuple[str, ...]


def read_text(path: Path) -> TextFile:
    """Read a text file whole.

    Raises:
        TextError: the file is missing, unreadable, empty, too large, cut short, not UTF-8, binary,
            a web page, a pointer of Git LFS, or no file but a device or a pipe.
    """
    stream = open_text(path)
    return TextFile(stream.path, stream.state, tuple(stream.lines))


def open_text(path: Path) -> TextStream:
    """Return a text file to be read as far as is needed; what is wrong is said when it is reached.

    Raises:
        TextError: the file is missing or unreadable, or no file but a device or a pipe.
    """
    with opened(path) as file:
        return TextStream(path, _state(file))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read its bytes, and never wait on a pipe or read from a device.

    Raises:
        TextError: the file is missing or unreadable, or no file but a folder, device or pipe.
    """
    try:
        # not blocking: opening a pipe that nobody writes into would wait for ever
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except _UNREADABLE as problem:
        raise TextError(_unreadable(path, problem)) from None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        if stat.S_ISDIR(mode):
            raise TextError(f"{path} is a folder; give the file itself.")
        raise TextError(
            f"{path} is a device, pipe or socket, not a file; write its content into a file and "
            "give that."
        )
    with os.fdopen(handle, "rb") as file:
        yield file


def source_file(path: Path) -> SourceFile:
    """Return a file that another library reads.

    Raises:
        TextError: the file is missing or unreadable, or no file but a device or a pipe.
    """
    with opened(path) as file:
        return SourceFile(path, _state(file))


def is_web_page(raw: bytes) -> bool:
    """Whether bytes begin as HTML or XML does: an error page saved under the name of a file."""
    return _MARKUP.match(raw) is not None


def head(path: Path) -> list[str]:
    """Return the first lines of a file, some 64 kB, whatever bytes they are; no lines of none."""
    try:
        with opened(path) as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            start = (gzip.GzipFile(fileobj=file) if packed else file).read(_HEAD)
    except (TextError, *_UNREADABLE):
        return []
    text = _INVISIBLE.sub("", start.decode("utf-8-sig", "replace"))
    return _LINE_END.sub("\n", text).split("\n")


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; one that no file system could have is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


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


def invalid_characters(text: str) -> str | None:
    """Return what makes a text no text, in words, or nothing.

    JSON and Parquet can contain what a text file cannot: NUL, halves of a character (lone
    surrogates) and marks without end, on which normalising takes time quadratic in their number.
    """
    if text.isascii():
        return "a NUL character" if "\0" in text else None
    if "\0" in text:
        return "a NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "half of a character (a lone surrogate)"
    return _too_many_marks() if _endless_marks(text) is not None else None


def _state(file: BinaryIO) -> tuple[int, int, int]:
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


def _unreadable(path: Path, problem: Exception, *, packed: bool = False) -> str:
    """Return one sentence that says why a file cannot be read."""
    if isinstance(problem, FileNotFoundError | NotADirectoryError):
        return f"{path} is not there; check the path."
    if isinstance(problem, PermissionError):
        return f"{path} cannot be read for lack of permission; ask its owner, or chmod it."
    if packed and not (isinstance(problem, OSError) and problem.errno):
        return f"{path} is a gzip file that is cut short or damaged; download it again."
    why = problem.strerror if isinstance(problem, OSError) else str(problem)
    return f"{path} cannot be read: {why}."


def _require_text(path: Path, start: bytes) -> None:
    """Refuse what is plainly no UTF-8 text, by its first bytes."""
    if is_web_page(start):
        raise TextError(f"{path} is a web page, not a text file; download the file itself again.")
    if start.startswith(_POINTER):
        raise TextError(f"{path} is a pointer of Git LFS, not the file; run git lfs pull there.")
    for sign, (name, command) in _PACKED.items():
        if re.match(sign, start):
            raise TextError(f"{path} is compressed with {name}; unpack it first ({command}).")
    for sign, encoding in _WIDE.items():
        if start.startswith(sign):
            raise TextError(
                f"{path}, line 1: not UTF-8 but {encoding}; convert it "
                f"(iconv -f {encoding} -t UTF-8), or save it as UTF-8."
            )


def _decoded(raw: bytes) -> tuple[str, str | None]:
    """Return lines that end in LF, normalised, up to one that cannot be read, and why it cannot."""
    problem = None
    raw = raw.removeprefix(codecs.BOM_UTF8)  # decoding utf-8-sig counts an error's place from it
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        text = _lines_before(raw[: error.start].decode())
        problem = "not UTF-8; convert the file to UTF-8 first (iconv -f LATIN1 -t UTF-8, say)."
    if "\0" in text:
        text = _lines_before(text[: text.index("\0")])
        problem = "a NUL character; this is not a UTF-8 text file."
    if text.isascii():
        return _LINE_END.sub("\n", text) if "\r" in text else text, problem
    if (marks := _endless_marks(text)) is not None:
        text = _lines_before(text[:marks])
        problem = f"{_too_many_marks()}; correct or delete the line."
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", text), problem


def _lines_before(text: str) -> str:
    """Return the whole lines of a text that breaks off."""
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]


def _endless_marks(text: str) -> int | None:
    """Return where a run of more combining marks than any writing has begins, or nothing.

    Such a run covers one of every ``MOST_MARKS + 1`` characters, so only these are looked at.
    """
    step = MOST_MARKS + 1
    for mark in _mark().finditer(text[MOST_MARKS::step]):
        middle = MOST_MARKS + mark.start() * step
        first, last = middle, middle
        while first and last - first < step and _mark().match(text, first - 1):
            first -= 1
        while last - first < step and _mark().match(text, last):
            last += 1
        if last - first >= step:
            return first
    return None


@functools.cache
def _mark() -> re.Pattern[str]:
    """Match a combining mark, also one that only its compatibility decomposition shows."""
    known = map(chr, range(0x300, 0x20000))
    marks = [c for c in known if unicodedata.combining(unicodedata.normalize("NFKD", c)[0])]
    return re.compile(f"[{''.join(marks)}]")


def _too_many_marks() -> str:
    return f"more than {MOST_MARKS} combining marks in a row"
