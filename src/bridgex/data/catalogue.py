"""The sources that bridgex knows by name.

Licences, layouts and addresses are the publishers' own, as stated on the pages named here. Nothing
that only a download can tell (revisions, sizes, digests) is written down.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bridgex.data.origins import Addresses, GitHub, Hub, Origin
from bridgex.errors import RequestError, nearest

Kind = Literal["lexicon", "corpus", "benchmark"]
"""What a source is for."""

_FLORES = r"(?P<language>[a-z]{3}_[A-Z][a-z]{3}(?:_\w+)?)"
_PAIR = r"(?P<source>[a-z]{2})-(?P<target>[a-z]{2})"


@dataclass(frozen=True)
class Source:
    """A collection of texts that somebody publishes.

    Attributes:
        name: what it is called on the command line, and its folder.
        title: what it is called in results.
        kind: what it is for. Corpora are parallel: line ``i`` is the same in every language.
        what: its contents, in a few words.
        languages: which it covers, in words.
        publisher: who publishes it.
        licence: as the publisher states it.
        noncommercial: whether that licence forbids commercial use.
        origin: where it is fetched from.
        files: paths of the files that are wanted. A group ``language``, or ``source`` and
            ``target``, catches the codes of the languages that a file serves.
        members: the same for members of the archives that the files are; None where they are none.
            A group ``keep`` catches where a member goes in the source's folder.
        part: folder in the source's folder that readers take.
    """

    name: str
    title: str
    kind: Kind
    what: str
    languages: str
    publisher: str
    licence: str
    noncommercial: bool
    origin: Origin
    files: re.Pattern[str]
    members: re.Pattern[str] | None = None
    part: str = ""


# The codes of MUSE's get_evaluation.sh: each with English, and six of Europe with each other.
_MUSE = (
    "af ar bg bn bs ca cs da de el es et fa fi fr he hi hr hu id it ja ko lt lv mk ms nl no pl pt "
    "ro ru sk sl sq sv ta th tl tr uk vi zh"
)
_MUSE_EUROPE = ("de", "es", "fr", "it", "pt")


def _muse_files() -> tuple[str, ...]:
    pairs = [pair for code in _MUSE.split() for pair in (f"en-{code}", f"{code}-en")]
    pairs += [f"{s}-{t}" for s in _MUSE_EUROPE for t in _MUSE_EUROPE if s != t]
    return tuple(f"{pair}{end}.txt" for pair in pairs for end in ("", ".0-5000", ".5000-6500"))


SOURCES: tuple[Source, ...] = (
    Source(
        name="muse",
        title="MUSE",
        kind="lexicon",
        what="bilingual dictionaries, up to 100,000 pairs each, with train and test words",
        languages="English with 44 others; German, French, Italian, Portuguese, Spanish mutually",
        publisher="Facebook AI Research (https://github.com/facebookresearch/MUSE)",
        licence="CC BY-NC 4.0",
        noncommercial=True,
        origin=Addresses("https://dl.fbaipublicfiles.com/arrival/dictionaries", _muse_files()),
        files=re.compile(rf"{_PAIR}(?:\.[\d-]+)?\.txt"),
    ),
    Source(
        name="panlex-bli",
        title="PanLex-BLI",
        kind="lexicon",
        what="bilingual dictionaries for 210 pairs, not made through English",
        languages="15: bg ca eo et eu fi he hu id ka ko lt no th tr",
        publisher="Cambridge Language Technology Lab (https://github.com/cambridgeltl/panlex-bli)",
        licence="CC0 / Apache-2.0",
        noncommercial=False,
        origin=GitHub("cambridgeltl/panlex-bli"),
        files=re.compile(r"lexicons/(?P<language>[a-z]{2})-l2\.zip"),
        members=re.compile(rf"(?:.*/)?(?P<keep>{_PAIR}\.[^/]+\.trans)"),
    ),
    Source(
        name="omw-wikt",
        title="Open Multilingual Wordnet (Wiktionary)",
        kind="lexicon",
        what="words of each language by wordnet synset: dictionaries for every pair",
        languages="over 150",
        publisher="Open Multilingual Wordnet (https://github.com/omwn/omw-data)",
        licence="CC BY-SA",
        noncommercial=False,
        origin=GitHub("omwn/omw-data"),
        files=re.compile(r"wns/wikt/wn-wikt-(?P<language>[a-z]{3})\.tab"),
        part="wns/wikt",
    ),
    Source(
        name="flores200",
        title="FLORES-200",
        kind="corpus",
        what="997 and 1,012 parallel sentences of Wikimedia projects (dev, devtest)",
        languages="over 200",
        publisher="Meta AI (https://github.com/facebookresearch/flores)",
        licence="CC BY-SA 4.0",
        noncommercial=False,
        origin=Addresses("https://dl.fbaipublicfiles.com/nllb", ("flores200_dataset.tar.gz",)),
        files=re.compile(r"flores200_dataset\.tar\.gz"),
        members=re.compile(rf"(?:.*/)?(?P<keep>(?:dev|devtest)/{_FLORES}\.(?:dev|devtest))"),
        part="devtest",
    ),
    Source(
        name="flores-plus",
        title="FLORES+",
        kind="corpus",
        what="FLORES-200 as corrected and extended since; gated",
        languages="over 200",
        publisher="Open Language Data Initiative (https://oldi.org)",
        licence="CC BY-SA 4.0",
        noncommercial=False,
        origin=Hub("openlanguagedata/flores_plus"),
        files=re.compile(rf"(?:dev|devtest)/{_FLORES}\.(?:jsonl|parquet)"),
        part="devtest",
    ),
    Source(
        name="ntrex",
        title="NTREX-128",
        kind="corpus",
        what="the English news of WMT 2019 with human translations; no regional variants",
        languages="English and some 120 others",
        publisher="Microsoft (https://github.com/MicrosoftTranslator/NTREX)",
        licence="CC BY-SA 4.0",
        noncommercial=False,
        origin=GitHub("MicrosoftTranslator/NTREX"),
        files=re.compile(
            r"NTREX-128/newstest2019-(?:src|ref)"
            r"\.(?P<language>[a-z]{3}(?:-[A-Z][a-z]{3})?)(?:(?<=zho)-CN)?\.txt"
        ),
        part="NTREX-128",
    ),
    Source(
        name="sib200",
        title="SIB-200",
        kind="benchmark",
        what="topic classification of FLORES sentences",
        languages="over 200",
        publisher="Adelani et al. (https://arxiv.org/abs/2309.07445)",
        licence="CC BY-SA 4.0",
        noncommercial=False,
        origin=Hub("Davlan/sib200"),
        files=re.compile(rf"data/{_FLORES}/(?:train|dev|test)\.tsv"),
        part="data",
    ),
    Source(
        name="belebele",
        title="Belebele",
        kind="benchmark",
        what="multiple-choice reading comprehension, parallel",
        languages="122 variants",
        publisher="Meta AI (https://github.com/facebookresearch/belebele)",
        licence="CC BY-SA 4.0",
        noncommercial=False,
        origin=Hub("facebook/belebele"),
        files=re.compile(rf"data/{_FLORES}\.jsonl"),
        part="data",
    ),
    Source(
        name="xnli",
        title="XNLI",
        kind="benchmark",
        what="natural language inference, parallel (validation and test)",
        languages="15: ar bg de el en es fr hi ru sw th tr ur vi zh",
        publisher="Facebook AI and NYU (https://github.com/facebookresearch/XNLI)",
        licence="CC BY-NC 4.0",
        noncommercial=True,
        origin=Hub("facebook/xnli"),
        files=re.compile(r"(?P<language>[a-z]{2})/(?:validation|test)-[\d-]+of-\d+\.parquet"),
    ),
    Source(
        name="xcopa",
        title="XCOPA",
        kind="benchmark",
        what="choice of the plausible cause or effect, parallel",
        languages="11: et ht id it qu sw ta th tr vi zh",
        publisher="Cambridge Language Technology Lab (https://github.com/cambridgeltl/xcopa)",
        licence="CC BY 4.0",
        noncommercial=False,
        origin=GitHub("cambridgeltl/xcopa"),
        files=re.compile(r"data/(?P<language>[a-z]{2})/(?:val|test)\.[a-z]{2}\.jsonl"),
        part="data",
    ),
    Source(
        name="mgsm",
        title="MGSM",
        kind="benchmark",
        what="250 grade-school mathematics problems, parallel",
        languages="11: bn de en es fr ja ru sw te th zh",
        publisher="Google Research (https://github.com/google-research/url-nlp)",
        licence="CC BY 4.0",
        noncommercial=False,
        origin=Hub("juletxara/mgsm"),
        files=re.compile(r"mgsm_(?P<language>[a-z]{2})\.tsv"),
    ),
)


def source(name: str) -> Source:
    """Return the source of that name.

    Raises:
        RequestError: there is none; the message names those there are.
    """
    known = {source.name: source for source in SOURCES}
    if name not in known:
        raise RequestError(
            f"'{name}' is not a source known here.{nearest(name, known)} Known are "
            f"{', '.join(known)}."
        )
    return known[name]
