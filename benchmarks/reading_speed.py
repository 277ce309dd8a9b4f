"""How long dictionaries take to read, against splitting their lines and nothing else.

    python benchmarks/reading_speed.py [DATA]

DATA is a folder with the wordnets of OMW (``omw-wikt``). The MUSE file is as long as the longest
published one (110,000 rows); its words are taken from the embedded dictionary of English and
French. Seconds are the processor's, the best of five, so that a busy machine does not count.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from bridgex import languages
from bridgex.texts import Lexicon, read_lexicon, sample_lexicon

ROWS = 110_000
REPEATS = 5
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Real data beside the checkout, where there is some."""
ENGLISH = languages.find("en")
FRENCH = languages.find("fr")


def seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def split_lines(paths: list[Path]) -> int:
    return sum(len(line.split()) for path in paths for line in path.open(encoding="utf-8"))


def report(what: str, work: float, plain: float, goal: float) -> None:
    print(f"{what}: {work:.3f} s (goal {goal} s), {work / plain:.1f} x splitting the lines")


def muse_sized(folder: Path, lexicon: Lexicon) -> Path:
    """Write a file of ``ROWS`` rows, words of a second round told apart by a letter."""
    pairs = [(word, each) for word, targets in lexicon.entries.items() for each in targets]
    rows = (
        f"{word}{'x' * (number // len(pairs))}\t{target}\n"
        for number, (word, target) in enumerate(islice(cycle(pairs), ROWS))
    )
    path = folder / "en-fr.txt"
    path.write_text("".join(rows), encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, nargs="?", default=SHARED)
    wordnets = parser.parse_args().data / "omw-wikt"
    with tempfile.TemporaryDirectory() as folder:
        path = muse_sized(Path(folder), sample_lexicon(ENGLISH, FRENCH))
        work = seconds(lambda: read_lexicon(path, ENGLISH, FRENCH))
        report(f"MUSE, {ROWS:,} rows", work, seconds(lambda: split_lines([path])), 0.3)
    if not wordnets.is_dir():
        print(f"OMW: not measured, there is no folder {wordnets.name}; name its parent.")
        return
    others = [each for each in languages.PAPER_LANGUAGES if each != ENGLISH]
    files = sorted(wordnets.glob("*.tab"))
    work = seconds(lambda: [read_lexicon(wordnets, ENGLISH, each) for each in others])
    report("OMW, English with 14 languages", work, seconds(lambda: split_lines(files)), 3)


if __name__ == "__main__":
    main()
