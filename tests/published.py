"""Data sets in their publishers' layouts: small ones of our own, and the real ones.

Ours hold sentences and words of the embedded sample, with each quirk of the real files planted
where the real ones have it, so that the tests of reading guard as much without ../shared.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridgex.languages import find
from bridgex.texts import sample_corpus, sample_lexicon

FLORES = {
    "zh": "zho_Hans", "ja": "jpn_Jpan", "ar": "arb_Arab", "he": "heb_Hebr", "id": "ind_Latn",
    "tl": "tgl_Latn", "fi": "fin_Latn", "hu": "hun_Latn", "sw": "swh_Latn", "en": "eng_Latn",
    "de": "deu_Latn", "fr": "fra_Latn", "it": "ita_Latn", "pt": "por_Latn", "es": "spa_Latn",
}  # fmt: skip
WORDNET = {
    "zh": "cmn", "ja": "jpn", "ar": "arb", "he": "heb", "id": "ind", "tl": "tgl", "fi": "fin",
    "hu": "hun", "sw": "swa", "en": "eng", "de": "deu", "fr": "fra", "it": "ita", "pt": "por",
    "es": "spa",
}  # fmt: skip
MUSE = [
    "ar-en", "de-fr", "en-ar", "en-es", "en-fi", "en-fr", "en-he", "en-hu", "en-id", "en-ja",
    "en-tl", "en-zh", "fr-de", "fr-en", "he-en", "id-en", "ja-en", "tl-en", "zh-en",
]  # fmt: skip
TOPICS = (
    "science/technology", "travel", "politics", "sports", "health", "entertainment", "geography",
)  # fmt: skip


@dataclass(frozen=True)
class Published:
    """A folder of data sets, and what is in them.

    Attributes:
        folder: each data set is in a folder of its own.
        sentences: of FLORES-200's devtest.
        topics: rows of SIB-200's splits.
        quotes: rows of its Hebrew training split that are quoted, with quotation marks in them.
        readings: of Belebele.
        premises: of XCOPA.
        causes: premises of XCOPA of two languages that ask for a cause in one of them alone.
        inferences: of XNLI, by label.
        problems: of MGSM.
        muse: rows of each dictionary of MUSE.
        muse_same: words of its English–Tagalog that are translated by themselves.
        panlex: rows of each dictionary of PanLex.
        synsets: of each wordnet, and its rows whose lemma is empty.
        joined: synsets that Indonesian and Hebrew share, those where both have a single word, and
            the pairs of words there are at least.
        words: that each wordnet has at least in common with English.
    """

    folder: Path
    sentences: int
    topics: Mapping[str, int]
    quotes: int
    readings: int
    premises: int
    causes: Mapping[frozenset[str], int]
    inferences: Mapping[str, int]
    problems: int
    muse: int
    muse_same: int
    panlex: int
    synsets: Mapping[str, tuple[int, int]]
    joined: tuple[int, int, int]
    words: int


def real(folder: Path) -> Published:
    """Describe the data sets of ../shared."""
    return Published(
        folder,
        sentences=300,
        topics={"dev": 99, "train": 200},
        quotes=29,
        readings=200,
        premises=100,
        causes=_causes({"id it": 0, "id zh": 5, "it zh": 5, "id sw": 11, "it sw": 11, "sw zh": 6}),
        inferences={"neutral": 67, "entailment": 67, "contradiction": 66},
        problems=50,
        muse=400,
        muse_same=83,
        panlex=2000,
        synsets={
            "ar": (6892, 0), "zh": (12130, 0), "de": (19675, 0), "en": (35400, 56),
            "fi": (21516, 0), "fr": (20449, 0), "he": (5175, 0), "hu": (9964, 0), "id": (2390, 0),
            "it": (14605, 0), "ja": (12685, 0), "pt": (12331, 0), "es": (18281, 0),
            "sw": (3421, 0), "tl": (1333, 0),
        },
        joined=(1528, 1264, 1500),
        words=1000,
    )  # fmt: skip


def ours(folder: Path) -> Published:
    """Write data sets of our own."""
    _flores(folder / "flores200" / "devtest")
    _sib(folder / "sib200")
    _belebele(folder / "belebele")
    _xcopa(folder / "xcopa")
    _xnli(folder / "xnli")
    _mgsm(folder / "mgsm")
    _muse(folder / "muse")
    _panlex(folder / "panlex-bli")
    _wordnets(folder / "omw-wikt")
    return Published(
        folder,
        sentences=60,
        topics={"dev": 50, "train": 40},
        quotes=3,
        readings=50,
        premises=50,
        causes=_causes({"id it": 0, "id zh": 1, "it zh": 1, "id sw": 2, "it sw": 2, "sw zh": 3}),
        inferences={"neutral": 17, "entailment": 17, "contradiction": 16},
        problems=50,
        muse=400,
        muse_same=5,
        panlex=300,
        synsets={code: (400 - (code == "he"), 2 * (code == "en")) for code in WORDNET},
        joined=(399, 397, 500),
        words=300,
    )


def _causes(counts: Mapping[str, int]) -> dict[frozenset[str], int]:
    return {frozenset(pair.split()): count for pair, count in counts.items()}


def _sentences(code: str) -> tuple[str, ...]:
    return sample_corpus(find(code)).sentences


def _write(path: Path, rows: Sequence[str], end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(row + end for row in rows), encoding="utf-8", newline="")


def _pointed(text: str, point: str) -> str:
    return text[0] + point + text[1:]


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _flores(folder: Path) -> None:
    for code, name in FLORES.items():
        rows = list(_sentences(code)[:60])
        match code:
            case "ar":
                rows = [unicodedata.normalize("NFD", row) for row in rows]
                rows[1] = _pointed(rows[1], "\u064e")
            case "fr":
                rows[0] = rows[0].replace(" ", "\u00a0", 1)
                rows[1] = rows[1].replace(" ", "\u202f", 1)
            case "tl":
                rows[0] += " "
            case "de":
                rows[0] = rows[0][:3] + "\u00ad" + rows[0][3:]
        _write(folder / f"{name}.devtest", rows)


def _sib(folder: Path) -> None:
    for code, name in FLORES.items():
        texts = list(_sentences(code)[60:150])
        if code == "he":
            texts[0] = _pointed(texts[0], "\u05b8")
        if code == "fi":
            texts[0] = texts[0][:3] + "\u200b" + texts[0][3:]
        cells = [_quoted(text) if '"' in text else text for text in texts]
        rows = [f"{7 * at}\t{TOPICS[at % 7]}\t{cell}" for at, cell in enumerate(cells)]
        header = "index_id\tcategory\ttext"
        _write(folder / name / "dev.tsv", [header, *rows[:50]])
        _write(folder / name / "train.tsv", [header, *rows[50:]])


def _belebele(folder: Path) -> None:
    for code in ("de", "en"):
        texts, name = _sentences(code), FLORES[code]
        rows = [
            {
                "link": f"https://example.org/{at // 2}",
                "question_number": 1 + at % 2,
                "flores_passage": f"{texts[at]} {texts[at + 1]}",
                "question": texts[at + 50],
                **{f"mc_answer{one}": texts[at + 50 + one] for one in range(1, 5)},
                "correct_answer_num": str(1 + at % 4),
                "dialect": name,
            }
            for at in range(50)
        ]
        _write(folder / f"{name}.jsonl", [json.dumps(row) for row in rows])


def _xcopa(folder: Path) -> None:
    """Swahili asks for the other thing in the first two items, Chinese in the third."""
    turned = {"sw": {0, 1}, "zh": {2}}
    for code in ("id", "it", "sw", "zh"):
        texts = _sentences(code)
        rows = [
            {
                "premise": texts[at],
                "choice1": texts[at + 50],
                "choice2": texts[at + 51],
                "question": ("cause", "effect")[(at + (at in turned.get(code, ()))) % 2],
                "label": at // 2 % 2,
                "idx": at,
                "changed": False,
            }
            for at in range(50)
        ]
        path = folder / code / f"val.{code}.jsonl"
        _write(path, [json.dumps(row, ensure_ascii=False) for row in rows], end="\r\n")


def _xnli(folder: Path) -> None:
    names = ("neutral", "entailment", "contradiction")
    for code in ("de", "en", "fr", "sw", "zh"):
        texts = list(_sentences(code))
        texts[3] = f'"{texts[3]}'  # a quotation mark that is never closed is a character
        rows = [f"{texts[at]}\t{texts[at + 50]}\t{names[at % 3]}" for at in range(50)]
        _write(folder / f"dev-{code}.tsv", rows)


def _mgsm(folder: Path) -> None:
    for code in ("de", "en", "es", "fr", "ja", "sw", "zh"):
        texts = _sentences(code)
        _write(folder / f"mgsm_{code}.tsv", [f"{texts[at]}\t{at * 150:,}" for at in range(50)])


def _pairs(source: str, target: str) -> list[tuple[str, str]]:
    """Words of two languages that differ in spelling."""
    pairs = sample_lexicon(find(source), find(target)).pairs()
    return [pair for pair in pairs if pair[0].casefold() != pair[1].casefold()]


def _muse(folder: Path) -> None:
    for pair in MUSE:
        source, target = pair.split("-")
        pairs = _pairs(source, target)[:395]
        pairs += [(word, word) for word in dict.fromkeys(word for word, _ in pairs[:20])][:5]
        rows = [" \t"[at % 2].join(words) for at, words in enumerate(pairs)]
        _write(folder / f"{pair}.0-5000.txt", rows)


def _panlex(folder: Path) -> None:
    for pair in ("fi-hu", "hu-fi"):
        rows = ["\t".join(words) for words in _pairs(*pair.split("-"))[:300]]
        _write(folder / pair / f"{pair}.test.2000.cc.trans", rows)


def _wordnets(folder: Path) -> None:
    """Hebrew lacks the first synset, and has two words for the only sense of two others."""
    concepts = list(sample_lexicon(find("en"), find("de")).entries)[:400]
    for code, name in WORDNET.items():
        words = [[word] for word in concepts]
        if code != "en":
            entries = sample_lexicon(find("en"), find(code)).entries
            words = [list(entries[word]) for word in concepts]
        rows = [f"# Wiktionary\t{name}\thttp://wiktionary.org/\tCC BY-SA"]
        for at, lemmas in enumerate(words):
            if code == "he":
                lemmas = [] if at == 0 else ["שתי מילים"] if at in (1, 2) else lemmas  # noqa: PLW2901
            rows += [f"{at:08d}-n\t{name}:lemma\t{lemma}" for lemma in lemmas]
        if code == "en":
            rows += [f"{at:08d}-n\t{name}:lemma\t" for at in (3, 4)]
        _write(folder / f"wn-wikt-{name}.tab", rows)
