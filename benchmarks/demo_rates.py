"""At which selection rate does the embedded model have something to say?

Prints, for several pairs and rates, the first place and the verdict: the evidence for the demo's
pair and rate. Run: python benchmarks/demo_rates.py
"""

import bridgex
from bridgex.analysis.settings import preset
from bridgex.report.progress import stderr_progress

PAIRS = ["id he", "de id", "id tl", "en fr", "fr de", "es de"]
RATES = [0.01, 0.02, 0.05, 0.1]


def main() -> None:
    session = bridgex.Session(progress=stderr_progress())
    print("| pair | understood | " + " | ".join(f"{rate:.0%}" for rate in RATES) + " |")
    print("|---|---|" + "---|" * len(RATES))
    for pair in PAIRS:
        cells, understood = [], 0
        for rate in RATES:
            settings = preset("demo").changed({"selection.rate": rate})
            ranking = session.rank(*pair.split(), settings=settings)
            understood = ranking.words.understood if ranking.words else 0
            verdict = ranking.verdict
            beats = {True: "", False: ", not above the null", None: ""}[verdict.beats_null]
            layers = f"{len(ranking.layers)} layers"
            first = "—" if verdict.kind == "undetermined" else verdict.members[0]
            cells.append(f"{first}: {verdict.kind} ({layers}{beats})")
        print(
            f"| {pair.replace(' ', '→')} | {understood} | " + " | ".join(cells) + " |", flush=True
        )


if __name__ == "__main__":
    main()
