"""bridgex and the tools of its neighbours on the same texts, one line each: speed, memory, numbers.

Every peer runs in an environment of its own under FOLDER, which is made where it is absent (pip
installs its package there; an environment that is there already is used as it is), and reads what
is handed to all: batches of token ids, activations. On a CPU the time is that of the processor, so
that what else the machine does falls on nobody; every process has one thread.

Run: python -m benchmarks.peers FOLDER [--model M] [--device D] [--sentences N] [--json FILE]
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.peer_work.measured import Arrays, write
from bridgex.dependence import standardise
from bridgex.languages import find
from bridgex.lm.batches import batches
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.loading import find_model
from bridgex.lm.model import LanguageModel
from bridgex.lm.source import load
from bridgex.tasks.word_chain import prompt
from bridgex.texts import sample_corpus, sample_lexicon

ROOT = Path(__file__).parents[1]
TORCH = "torch==2.13.0"
LANGUAGES = ("en", "de", "id", "zh")
NEURONS, PROMPTS, ROUNDS = 40, 200, 2


@dataclass(frozen=True)
class Cost:
    """What one process found and what that cost it."""

    found: Arrays
    version: str
    seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Peer:
    """A tool, and what it is held against.

    Attributes:
        name: of the tool, and of its environment.
        requirements: what pip installs there; nothing for a formula written out here.
        what: what is computed.
        script: its work.
        ours: the work of bridgex, and the name under which that is asked for.
        unit: what is counted for the speed.
        agree: says how far the numbers agree, theirs and ours.
    """

    name: str
    requirements: tuple[str, ...]
    what: str
    script: str
    ours: tuple[str, str]
    unit: str
    agree: Callable[[Arrays, Arrays], str]


def equal_counts(theirs: Arrays, ours: Arrays) -> str:
    """Say how many counts are the same, and how far the others are apart."""
    one, other = (np.stack([found[name] for name in sorted(ours)]) for found in (theirs, ours))
    different = int((one != other).sum())
    if not different:
        return f"all {one.size:,} counts equal"
    return f"{different:,} of {one.size:,} counts differ, by {int(abs(one - other).max())} at most"


def equal_neurons(theirs: Arrays, ours: Arrays) -> str:
    """Say how many neurons both take for each language."""
    sets = [(set(theirs[name].tolist()), set(ours[name].tolist())) for name in ours]
    shared = sum(len(one & other) for one, other in sets)
    return f"{shared:,} of {sum(len(one | other) for one, other in sets):,} neurons the same"


def equal_values(theirs: Arrays, ours: Arrays) -> str:
    """Say how far the values are apart, at most."""
    apart = max(float(abs(theirs[name] - ours[name]).max()) for name in ours)
    return f"{sum(ours[name].size for name in ours):,} values within {apart:.0e}"


COUNTS = "positive activations of every neuron"
PEERS = (
    Peer(
        "transformers",
        (),
        f"{COUNTS}, by hooks as LAPE's authors count",
        "counts",
        ("counts_bridgex", "counts_bridgex"),
        "tokens",
        equal_counts,
    ),
    Peer(
        "nnsight",
        (TORCH, "nnsight==0.8.1"),
        COUNTS,
        "counts_nnsight",
        ("counts_bridgex", "counts_bridgex"),
        "tokens",
        equal_counts,
    ),
    Peer(
        "transformer-lens",
        (TORCH, "transformer-lens==4.3.0"),
        COUNTS,
        "counts_transformerlens",
        ("counts_bridgex", "counts_bridgex"),
        "tokens",
        equal_counts,
    ),
    Peer(
        "LAPE",
        (),
        "language neurons from those counts, by the paper's formulas",
        "lape",
        ("lape_bridgex", "lape_bridgex"),
        "neurons",
        equal_neurons,
    ),
    Peer(
        "hyppo",
        ("hyppo==0.5.2",),
        "normalised HSIC of pairs of neurons, Gaussian kernel",
        "hsic_hyppo",
        ("hsic_bridgex", "hsic_gaussian"),
        "pairs",
        equal_values,
    ),
    Peer(
        "dcor",
        ("dcor==0.7",),
        "distance correlation of pairs of neurons",
        "hsic_dcor",
        ("hsic_bridgex", "hsic_distances"),
        "pairs",
        equal_values,
    ),
    Peer(
        "MEXA",
        (),
        "alignment of parallel sentences in every layer, by the paper's formulas",
        "mexa",
        ("mexa_bridgex", "mexa_bridgex"),
        "tokens",
        equal_values,
    ),
)


def hand(folder: Path, name: str, device: str, sentences: int) -> Mapping[str, int]:
    """Write what all peers are given, and return how much of each unit that is."""
    model = load(name, device=device, dtype="float32")
    arrays: dict[str, NDArray[Any]] = {}
    tokens, formed = {}, {}
    for code in LANGUAGES:
        texts = model.encode(sample_corpus(find(code)).sentences[:sentences])
        counter = CountPositive(model.widths)
        run(model, texts, counter)
        arrays[f"{code}.positive"] = torch.stack(counter.positive).numpy()
        tokens[code] = counter.tokens
        of_language = list(batches(texts, model.pad))
        formed[code] = len(of_language)
        for at, batch in enumerate(of_language):
            for part in ("ids", "attended", "counted"):
                arrays[f"{code}.{at}.{part}"] = getattr(batch, part).numpy()
            arrays[f"{code}.{at}.rows"] = np.array(batch.rows)
    arrays |= activations(model)
    values = {
        "model": str(find_model(name).path),
        "device": model.identity.device,
        "dtype": "float32",
        "rounds": ROUNDS,
        "batches": formed,
        "tokens": tokens,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "arrays.npz", arrays)
    (folder / "values.json").write_text(json.dumps(values))
    pairs = len(arrays["anchor"]) * len(arrays["others"])
    return {"tokens": sum(tokens.values()), "neurons": sum(model.widths), "pairs": pairs}


def activations(model: LanguageModel) -> dict[str, NDArray[Any]]:
    """Return two sets of neurons of a middle layer over prompts, standardised, float32."""
    source, target = find("de"), find("id")
    words = list(sample_lexicon(source, target).entries)[:PROMPTS]
    prompts = model.encode([prompt(word, source, target) for word in words])
    layer = len(model.layers) // 2
    chosen = [torch.zeros(width, dtype=torch.bool) for width in model.widths]
    size = min(NEURONS, model.widths[layer] // 2)
    chosen[layer][: 2 * size] = True
    pool = PoolNeurons(chosen, len(prompts), "last")
    run(model, prompts, pool, [layer])
    anchor, others = standardise(pool.values[layer]).split(size)
    return {"anchor": anchor.numpy(), "others": others.numpy()}


def interpreter(folder: Path, peer: Peer) -> str:
    """Return the Python of a peer's environment, which is made where it is absent.

    Raises:
        CalledProcessError: pip cannot install the peer.
    """
    if not peer.requirements:
        return sys.executable
    environment = folder.resolve() / "environments" / peer.name
    python = environment / "bin" / "python"
    if not python.exists():
        first, *rest = peer.requirements
        said([sys.executable, str(ROOT / "tools" / "environment.py"), str(environment), first])
        if rest:
            said([str(python), "-m", "pip", "install", "--quiet", *rest])
    return str(python)


def said(command: Sequence[str], **variables: str) -> str:
    """Run a program, and return what it said.

    Raises:
        CalledProcessError: it failed; the error has what it said.
    """
    out = subprocess.run(  # noqa: S603
        command,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | variables,
    )
    return out.stdout


def cost(python: str, script: str, handed: Path, out: Path) -> Cost:
    """Run one script in a process of its own."""
    out.parent.mkdir(exist_ok=True)
    paths = str(handed.resolve()), str(out.resolve())
    command = [python, "-m", f"benchmarks.peer_work.{script}", *paths]
    said(command, OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    with np.load(out.with_suffix(".npz"), allow_pickle=False) as found:
        return Cost(dict(found), **json.loads(out.with_suffix(".json").read_text()))


def compare(
    folder: Path, peer: Peer, amounts: Mapping[str, int], own: dict[str, Cost]
) -> dict[str, Any]:
    """Run a peer and bridgex on the same, and return the line of the table.

    Args:
        folder: where environments and results are kept.
        peer: whom to run.
        amounts: unit → how much of it there is.
        own: what bridgex was run for already, under its name; added to.
    """
    handed, found = folder / "handed", folder / "found"
    theirs = cost(interpreter(folder, peer), peer.script, handed, found / peer.script)
    script, name = peer.ours
    if name not in own:
        own[name] = cost(sys.executable, script, handed, found / name)
    ours = own[name]
    amount = amounts[peer.unit]
    return {
        "peer": f"{peer.name} {theirs.version}" if peer.requirements else peer.name,
        "what": peer.what,
        "unit": peer.unit,
        "theirs": amount / theirs.seconds,
        "ours": amount / ours.seconds,
        "their_peak_mib": theirs.peak_mib,
        "our_peak_mib": ours.peak_mib,
        "numbers": peer.agree(theirs.found, ours.found),
    }


def line(row: Mapping[str, Any]) -> str:
    """Return a row of the table in Markdown."""
    cells = [
        row["peer"],
        row["what"],
        f"{row['theirs']:,.0f} {row['unit']}/s",
        f"{row['ours']:,.0f} {row['unit']}/s",
        f"{row['ours'] / row['theirs']:.2g}",
        f"{row['their_peak_mib']:,.0f} / {row['our_peak_mib']:,.0f} MiB",
        row["numbers"],
    ]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print the table; return 1 where a peer could not be run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where environments and results are kept")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--sentences", type=int, default=60, help="per language")
    parser.add_argument("--json", type=Path, help="the table as JSON, too")
    asked = parser.parse_args()
    amounts = hand(asked.folder / "handed", asked.model, asked.device, asked.sentences)
    print("| peer | what | peer | bridgex | times | peak memory | numbers |")
    print("|---|---|---|---|---|---|---|")
    rows, failed = [], 0
    own: dict[str, Cost] = {}
    for peer in PEERS:
        try:
            rows.append(compare(asked.folder, peer, amounts, own))
        except subprocess.CalledProcessError as problem:
            failed = 1
            why = (problem.stderr or "").strip().splitlines()[-1:] or ["no message"]
            print(f"| {peer.name} | {peer.what} | did not run: {why[0]} |||||", flush=True)
        else:
            print(line(rows[-1]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
