"""Real commands on a tiny random model, run by the fork server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bridgex.texts import sample_corpus, sample_lexicon
from tests.hardening.fork_server import Ended, Request

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("id", "he", "en", "de", "fr")
WORDS = 18
"""Few, for each costs an answer of the model."""


@dataclass(frozen=True)
class World:
    """What commands read; everybody may read it and nobody writes into it.

    Attributes:
        folder: holds the rest.
        model: a model folder.
        gguf: a GGUF file.
        corpus: folder with sentences of `LANGUAGES`.
        lexicon: a dictionary of the pair id-he.
        copy: a copy of MUSE for ``data get --from``.
    """

    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def gguf(self) -> Path:
        return self.folder / "tiny.gguf"

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus"

    @property
    def lexicon(self) -> Path:
        return self.folder / "id-he.txt"

    @property
    def copy(self) -> Path:
        return self.folder / "copy"

    def commands(self) -> dict[str, list[str]]:
        """Return the commands by name; each writes ``out.json`` or the folder ``data``."""
        model = ["--model", str(self.model), "--corpus", str(self.corpus), "--sentences", "6"]
        model += ["--dtype", "float32", "--rate", "0.3"]
        words = ["--lexicon", str(self.lexicon), "--candidates", "en,de,fr"]
        return {
            "rank": ["rank", "id", "he", *model, *words, "--json", "out.json"],
            "evaluate": [
                *("evaluate", "id", "he", *model, *words, "--items", "2"),
                *("--strategies", "direct,bridge:en"),
                *("--json", "out.json", "--items-out", "items.jsonl"),
            ],
            "spectrum": [
                *("spectrum", "--languages", "id,he,en,de", *model),
                *("--permutations", "99", "--csv", "tables", "--json", "out.json"),
            ],
            "validate": [
                *("validate", "--pairs", "id-he", *model, *words, "--items", "2"),
                *("--development", "1", "--choosers", "english,overlap", "--json", "out.json"),
            ],
            "data get": [
                *("data", "get", "muse", "--from", str(self.copy), "--to", "data"),
                "--accept-licence",
            ],
            "conversion": [
                *("spectrum", "--languages", "id,he,en", "--model", str(self.gguf)),
                *("--corpus", str(self.corpus), "--permutations", "9", "--json", "out.json"),
            ],
        }


def make_world(folder: Path) -> World:
    """Write everything, readable for everybody."""
    from bridgex.languages import find
    from tests.tiny_gguf import save_tiny_gguf
    from tests.tiny_llama import save_tiny_llama

    world = World(folder)
    save_tiny_llama(world.model)
    save_tiny_gguf(world.gguf)
    world.corpus.mkdir()
    for code in LANGUAGES:
        sentences = [each[:20] for each in sample_corpus(find(code)).sentences[:12]]
        (world.corpus / f"{code}.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
    pairs = list(sample_lexicon(find("id"), find("he")).pairs())[: 3 * WORDS : 3]
    lines = "".join(f"{word}\t{target}\n" for word, target in pairs)
    world.lexicon.write_text(lines, encoding="utf-8")
    world.copy.mkdir()
    for pair in ("en-fr", "fr-en", "en-de", "de-en"):
        (world.copy / f"{pair}.txt").write_text("a b\n" * 2000, encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return world


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    ended: Ended
    output: str
    errors: str

    @property
    def stray(self) -> str | None:
        """What is not as an end should be: one sentence and 1 or 2, or 0; None if nothing."""
        said = self.errors.strip()
        if "Traceback" in said or "itself failed" in said:
            return said
        if self.ended.code == 1 and not _is_sentence(said):
            return f"no sentence: {said!r}"
        if self.ended.code not in {0, 1, 2}:
            return f"exit code {self.ended.code}: {said}"
        return None


def _is_sentence(said: str) -> bool:
    """Whether the last line is an error's sentence; warnings and progress may stand before it."""
    last = said.splitlines()[-1] if said else ""
    return last.startswith("Error: ") and last.endswith((".", "…", "?"))


class Forks:
    """The fork server, asked from here."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, words: Sequence[str], folder: Path, **more: Any) -> Done:
        """Run a command in a folder, with its cache in ``cache`` there, and wait for its end.

        Args:
            words: after ``bridgex``.
            folder: the working folder.
            more: fields of `Request`; ``environment`` adds to the usual one.
        """
        logs = folder.parent / f"{folder.name}.logs"
        logs.mkdir(exist_ok=True)
        environment = {
            "BRIDGEX_CACHE": str(folder / "cache"),
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "COLUMNS": "200",
            **more.pop("environment", {}),
        }
        paths = {"output": str(logs / "output"), "errors": str(logs / "errors")} | {
            name: more.pop(name) for name in ("output", "errors") if name in more
        }
        request = Request(list(words), str(folder), environment, **paths, **more)
        ended = self._ask(request)
        texts = [_text(Path(paths[name])) for name in ("output", "errors")]
        return Done(ended, *texts)

    def _ask(self, request: Request) -> Ended:
        reading, writing = self._process.stdout, self._process.stdin
        assert reading is not None
        assert writing is not None
        writing.write(json.dumps(asdict(request)) + "\n")
        writing.flush()
        return Ended(**json.loads(reading.readline()))


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


@contextmanager
def forking() -> Iterator[Forks]:
    """Start a fork server, and end it afterwards."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    paths = [str(ROOT / "src"), str(ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.hardening.fork_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield Forks(process)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def result(folder: Path) -> dict[str, Any]:
    """Return what a command wrote into its folder: files by name, JSON parsed."""
    written: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name.startswith("cache") or "/." in f"/{name}":
            continue
        text = path.read_text(encoding="utf-8")
        written[name] = json.loads(text) if path.suffix == ".json" else text
        if name.endswith("bridgex-lock.json"):
            written[name].pop("accepted")  # a time
    return written


def difference(one: Any, other: Any, place: str = "") -> str | None:
    """Return where two results differ first, and how; None where they are equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = ((f"{place}/{name}", one[name], other[name]) for name in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = ((f"{place}/{at}", *both) for at, both in enumerate(zip(one, other, strict=True)))
    else:
        return None if one == other else f"{place}: {str(one)[:300]} and {str(other)[:300]}"
    return next((found for where, a, b in pairs if (found := difference(a, b, where))), None)


def age(folder: Path, seconds: float = 3600.0) -> None:
    """Make everything in a folder older."""
    then = time.time() - seconds
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then), follow_symlinks=False)


def left_overs(folder: Path) -> list[str]:
    """Return what unfinished work is there."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name.startswith((".partial-", ".bridgex-writing")) or path.suffix == ".part"
    )
