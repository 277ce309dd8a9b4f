"""On a real model, do the candidates beat random neurons, and does that tell them apart?

Ranks several pairs with 200 words of the embedded lexicon and 3,000 tokens of each language, and
prints, per pair, how many candidates beat the random-neuron null, beside their scores.
Run: python benchmarks/real_null.py [MODEL …]
"""

import sys
from pathlib import Path

import bridgex
from bridgex.analysis.settings import preset
from bridgex.bridges import BridgeRanking
from bridgex.report.progress import stderr_progress

PAIRS = ["id he", "de id", "id tl", "en fr", "zh ja", "ar he", "fi hu"]
RATE = 0.1
TOKENS = 3000
ALPHA = 0.05


def row(ranking: BridgeRanking) -> str:
    pair = "→".join(ranking.pair)
    scores = [each for each in ranking.scores.values() if each.value is not None]
    nulls = [each.null for each in scores if each.null]
    if not nulls:
        return f"| {pair} | — | — | — | {ranking.verdict.kind} |"
    above = sum(null.p_corrected <= ALPHA for null in nulls)
    span = ", ".join(f"{code} {each.value:.3f}" for code, each in ranking.scores.items())
    return (
        f"| {pair} | {above} of {len(nulls)} | {span} "
        f"| {nulls[0].mean:.3f}, {nulls[0].high:.3f} | {ranking.verdict.kind} |"
    )


def main() -> None:
    changes = {"selection.rate": RATE, "probe.words": 200, "probe.shots": 0}
    settings = preset("demo").changed(changes)
    texts = bridgex.Texts(budget=bridgex.Budget(tokens=TOKENS))
    for model in sys.argv[1:] or ["demo"]:
        session = bridgex.Session(model, progress=stderr_progress())
        print(f"\n{Path(model).name}, rate {RATE:.0%}\n")
        print("| pair | beat random neurons | scores | null: mean, 95 % | verdict |")
        print("|---|---|---|---|---|")
        for pair in PAIRS:
            source, target = pair.split()
            ranking = session.rank(source, target, texts=texts, settings=settings)
            print(row(ranking), flush=True)


if __name__ == "__main__":
    main()
