"""What the released scripts would say of a pair's candidates, quirk by quirk.

    python -m benchmarks.reproduction SOURCE TARGET [--model MODEL] [--corpus FOLDER]
        [--lexicon PATH]

Ranks with the preset ``paper``, then prints per candidate the paper's definition (times (n - 1)²,
for the script divides by nothing), the same centred on one side, the same with the script's
bandwidth, and the same with its renumbering of layers: the number that the script prints.
"""

import argparse

import bridgex
from benchmarks.reproduction.quirks import published
from bridgex import languages
from bridgex.analysis.settings import preset
from bridgex.bridges import bridge_sets
from bridgex.neurons import select
from bridgex.report.progress import stderr_progress

COLUMNS = ("hsic_biased", "one_sided", "published", "renumbered")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--corpus")
    parser.add_argument("--lexicon")
    parser.add_argument("--rate", type=float, default=0.01)
    asked = parser.parse_args()

    settings = preset("paper").changed({"selection.rate": asked.rate})
    texts = bridgex.Texts(corpus=asked.corpus, lexicon=asked.lexicon)
    session = bridgex.Session(asked.model, progress=stderr_progress())
    pair, candidates = languages.pair_and_candidates(asked.source, asked.target)
    lexicon = texts.lexicon_of(*pair)
    stats = {
        language.code: session.stats(texts.corpus_of(language), settings.sequences)
        for language in (*pair, *candidates)
    }
    everywhere = settings.bridges.model_copy(update={"band": (0.0, 1.0)})
    codes = pair[0].code, pair[1].code
    others = [candidate.code for candidate in candidates]
    sets = bridge_sets(select(stats, settings.selection), codes, others, everywhere)
    probe = session.probe(lexicon, settings.probe)
    activations = session.activations(probe, pair, sets.scored, settings.probe)
    depth = len(sets.anchor.mask)
    scores = published(
        sets, activations, settings.bridges.layers(depth), settings.bridges.full_activation
    )
    print(f"| {'-'.join(codes)} | " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---|" * len(COLUMNS))
    for code, score in scores.items():
        values = (getattr(score, column) for column in COLUMNS)
        cells = ("—" if value is None else f"{value:.4g}" for value in values)
        print(f"| {code} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
