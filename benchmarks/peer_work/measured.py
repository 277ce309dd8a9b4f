"""What all peers share: arrays handed in, arrays found, and what finding them cost.

Nothing here or beside it knows bridgex, but for the files named after it: each runs in the
environment of its peer.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Handed:
    """The same for every peer.

    Attributes:
        values: settings, such as ``model`` (a folder), ``device``, ``dtype``, ``rounds``.
        arrays: name → array.
    """

    values: Mapping[str, Any]
    arrays: Arrays

    @classmethod
    def read(cls, folder: Path) -> "Handed":
        """Read what `benchmarks.peers` wrote."""
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            return cls(json.loads((folder / "values.json").read_text()), dict(arrays))

    def batches(self, language: str) -> list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
        """Return token ids, attended and counted places of each batch of a language."""
        parts = ("ids", "attended", "counted")
        count = self.values["batches"][language]
        found = [[self.arrays[f"{language}.{at}.{part}"] for part in parts] for at in range(count)]
        return [(ids, attended, counted) for ids, attended, counted in found]


def measure(package: str, prepare: Callable[[Handed], Callable[[], Arrays]]) -> None:
    """Run a peer's work as often as asked, and write what it found and what it cost.

    Args:
        package: the distribution whose version is told.
        prepare: loads what is needed and returns the work; not part of the time.
    """
    handed = Handed.read(Path(sys.argv[1]))
    work = prepare(handed)
    gpu = str(handed.values["device"]).startswith("cuda")
    seconds = []
    found: Arrays = {}
    for _ in range(int(handed.values["rounds"])):
        started = _clock(gpu)
        found = work()
        seconds.append(_clock(gpu) - started)
    write(Path(sys.argv[2]).with_suffix(".npz"), found)
    cost = {"version": version(package), "seconds": min(seconds), "peak_mib": _peak(gpu)}
    Path(sys.argv[2]).with_suffix(".json").write_text(json.dumps(cost))


def write(path: Path, arrays: Arrays) -> None:
    """Write arrays under their names."""
    named: dict[str, Any] = dict(arrays)
    np.savez(path, **named)


def _clock(gpu: bool) -> float:
    """Seconds of the processor: what others do on the machine costs a peer nothing."""
    if not gpu:
        return time.process_time()
    import torch

    torch.cuda.synchronize()
    return time.perf_counter()


def _peak(gpu: bool) -> float:
    if gpu:
        import torch

        return torch.cuda.max_memory_allocated() / 2**20
    status = Path("/proc/self/status")
    if status.exists():  # where ru_maxrss is that of the parent, too, if it was larger
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
