"""Which language each published file name is read as, as a table to look at.

Run from the repository root: ``PYTHONPATH=src:. python benchmarks/file_names.py``, or with names of
your own behind it. The names are those of the tests; a run takes two seconds.
"""

import sys
from collections.abc import Iterable

from tests.texts import published_names as published

from bridgex.texts.names import stated

DATA_SETS: dict[str, Iterable[str]] = {
    "FLORES-200, SIB-200": published.FLORES_200,
    "FLORES+": published.FLORES_PLUS,
    "NTREX-128": [f"newstest2019-ref.{each}.txt" for each in published.NTREX_128],
    "MASSIVE": published.MASSIVE,
    "FLEURS": published.FLEURS,
    "Belebele": published.BELEBELE,
    "XNLI": [f"dev-{each}.tsv" for each in published.XNLI],
    "XCOPA": [f"val.{each}.jsonl" for each in published.XCOPA],
    "MGSM": [f"mgsm_{each}.tsv" for each in published.MGSM],
    "MUSE": [f"en-{each}.0-5000.txt" for each in published.MUSE],
    "PanLex-BLI": [f"fi-{each}.test.2000.cc.trans" for each in published.PANLEX if each != "fi"],
    "OMW": [f"wn-wikt-{each}.tab" for each in published.OMW],
    "Tatoeba": [f"Tatoeba.eng-{each}.{each}" for each in published.TATOEBA],
    "OPUS, WMT, IWSLT": published.OPUS,
    "others": published.OTHERS,
    "nobody's": published.NOBODY,
}


def row(name: str) -> str:
    statement = stated(name)
    tag = statement.tag
    if tag is None:
        pair = "-".join(each.text for each in statement.pair or ())
        return f"{name:42} {f'pair {pair}' if pair else '–'}"
    doubt = "  (or a pair)" if tag.doubtful else ""
    language = tag.language
    return f"{name:42} {language.code:16} {language.name:34} {language.endonym}{doubt}"


def main() -> None:
    named = {"": sys.argv[1:]} if len(sys.argv) > 1 else DATA_SETS
    for data_set, names in named.items():
        print(f"\n{data_set}\n")
        for name in names:
            print(row(name))


if __name__ == "__main__":
    main()
