"""Whether an answer is written as its language is: by the scripts of its letters (Unicode)."""

from functools import cache

import regex

from bridgex.languages import Language

_WRITTEN_WITH = {
    "Hans": "Hani",
    "Hant": "Hani",
    "Jpan": "Hani Hira Kana",
    "Kore": "Hang Hani",
    "Hang": "Hang Hani",
}
"""ISO 15924 codes that are not Unicode scripts, or stand beside others: those they consist of."""

_LETTER = regex.compile(r"[\p{L}--[\p{Script=Zyyy}\p{Script=Zinh}]]", regex.V1)


def in_script(text: str, language: Language) -> bool | None:
    """Tell whether at least half of a text's letters are of its language's script.

    Returns:
        None where it has no letters, or the script is none that Unicode knows. A language is told
        from another only where their scripts differ.
    """
    letters = _LETTER.findall(text)
    own = _letters_of(language.script)
    if not letters or own is None:
        return None
    return 2 * sum(own.match(letter) is not None for letter in letters) >= len(letters)


@cache
def _letters_of(script: str) -> "regex.Pattern[str] | None":
    scripts = _WRITTEN_WITH.get(script, script).split()
    try:
        return regex.compile("|".join(rf"\p{{Script={each}}}" for each in scripts))
    except regex.error:
        return None
