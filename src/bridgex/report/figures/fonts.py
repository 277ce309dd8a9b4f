"""Whether there is a letter for every letter of a figure, before boxes are drawn in silence."""

import os
import sys
import unicodedata
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from bridgex.errors import ResultError

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
PACKAGED = (range(0x0530), range(0x1E00, 0x2070), range(0x2190, 0x2194), range(0x2260, 0x2266))
"""Letters of the font that comes with the charting library: Latin, Greek, Cyrillic, signs."""
NOTO_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH")


def font_folders() -> list[Path]:
    """Return where this system keeps fonts; the charting library looks there, too."""
    home = Path.home()
    if sys.platform == "darwin":
        system = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    elif sys.platform == "win32":
        system = [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    else:
        system = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
        system += [home / ".fonts", home / ".local/share/fonts"]
    return [folder for folder in system if folder.is_dir()]


def missing_letters(texts: Iterable[str], folders: Iterable[Path] | None = None) -> set[str]:
    """Return the letters that no font here has; they would be drawn as boxes.

    Args:
        texts: what is to be drawn.
        folders: where fonts are; the system's by default.

    Raises:
        ResultError: the library that reads fonts is missing.
    """
    wanted = {
        letter
        for text in texts
        for letter in text
        if not any(ord(letter) in some for some in PACKAGED)
        and unicodedata.category(letter) not in {"Cc", "Cf", "Zs", "Mn"}
    }
    fonts = _fonts(tuple(font_folders() if folders is None else folders)) if wanted else iter(())
    for font in fonts:
        letters = _letters(font)
        wanted = {letter for letter in wanted if ord(letter) not in letters}
        if not wanted:
            break
    return wanted


def font_warning(texts: Iterable[str]) -> str:
    """Return a sentence that says which letters no font has and what to install; else nothing.

    Raises:
        ResultError: the library that reads fonts is missing.
    """
    missing = missing_letters(texts)
    if not missing:
        return ""
    shown = "".join(sorted(missing)[:10])
    more = "…" if len(missing) > 10 else ""
    cjk = {letter for letter in missing if unicodedata.name(letter, "").startswith(NOTO_CJK)}
    packages = (["fonts-noto-cjk"] if cjk else []) + (["fonts-noto-core"] if missing - cjk else [])
    return (
        f"No font here has {shown}{more}, so boxes are drawn instead; install a Noto font that "
        f"has them (Debian's {' and '.join(packages)}), or draw with --labels code."
    )


def _fonts(folders: tuple[Path, ...]) -> Iterator[Path]:
    """The font files of some folders, the small ones first, which are read in no time."""
    found = [
        (path.stat().st_size, path)
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    return (path for _, path in sorted(found))


def _letters(font: Path) -> Container[int]:
    """Return the code points that a font file has glyphs for; none of a damaged file.

    Of a collection, the first font: what is collected are the forms that regions give the same
    letters.
    """
    try:
        from fontTools.ttLib import TTFont, TTLibError
    except ImportError as problem:
        raise ResultError("Figures need fontTools; pip install 'bridgex[report]'.") from problem
    try:
        with font.open("rb") as content:
            return TTFont(content, fontNumber=0, lazy=True).getBestCmap() or ()
    except (OSError, TTLibError, AssertionError, KeyError, ValueError):
        return ()
