"""A process that has imported everything and forks for each command, so that a case is cheap.

Reads a request a line (`Request` as JSON) and answers with an `Ended` a line.
"""

import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

KEPT = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
"""Variables of the environment that a command inherits."""


@dataclass(frozen=True)
class Request:
    """A command to run.

    Attributes:
        words: after ``bridgex``.
        folder: the working folder.
        environment: variables beside `KEPT`.
        output: file for standard output.
        errors: file for standard error.
        seconds: after which the command counts as hanging and is killed.
        kill_after: seconds after which SIGKILL ends it; None lets it run.
        user: id of the user to become; None stays.
        file_size: bytes beyond which no file may grow; None is no bound.
        fault: a function (``os.fsync``) that fails, with which errno, and after how many calls.
    """

    words: list[str]
    folder: str
    environment: dict[str, str]
    output: str
    errors: str
    seconds: float = 90.0
    kill_after: float | None = None
    user: int | None = None
    file_size: int | None = None
    fault: tuple[str, int, int] | None = None


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: exit code; negative for a signal.
        seconds: that it took.
        hung: whether it was killed for taking too long.
    """

    code: int
    seconds: float
    hung: bool = field(default=False)


def serve() -> None:
    """Answer requests until standard input ends."""
    import_everything()
    say("ready")
    for line in sys.stdin:
        say(json.dumps(asdict(answer(Request(**json.loads(line))))))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def import_everything() -> None:
    """Import what commands import late; nothing is computed, so that no thread is there yet."""
    import encodings

    import rich

    import bridgex

    for module in pkgutil.walk_packages(bridgex.__path__, "bridgex."):
        if "worker" not in module.name and not module.name.endswith(".bridgex_tasks"):  # lm_eval's
            importlib.import_module(module.name)
    for package in (encodings, rich):  # another user may not be able to read them later
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with suppress(ImportError):  # of other systems
                importlib.import_module(module.name)
    for name in (
        "accelerate",
        "gguf",
        "rich.progress",
        "scipy.cluster.hierarchy",
        "tokenizers",
        "transformers.integrations.ggml",
        "transformers.modeling_gguf_pytorch_utils",
        "transformers.models.auto.modeling_auto",
        "transformers.models.llama.modeling_llama",
        "transformers.tokenization_utils_tokenizers",
        "typer.rich_utils",
    ):
        importlib.import_module(name)


def answer(request: Request) -> Ended:
    """Run a command in a child and say how it ended."""
    began = time.monotonic()
    child = os.fork()
    if not child:
        become(request)
    with suppress(OSError):
        os.setpgid(child, child)  # here and there, so that it is done whoever is first
    limit = request.seconds if request.kill_after is None else request.kill_after
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        seconds = time.monotonic() - began
        if done:
            return Ended(os.waitstatus_to_exitcode(status), seconds)
        if seconds > limit:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Ended(-signal.SIGKILL, seconds, hung=request.kill_after is None)
        time.sleep(0.002)


def become(request: Request) -> None:
    """Turn this child into the command; never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        os.chdir(request.folder)
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        os.environ.clear()
        os.environ.update(kept | request.environment)
        streams = (
            (os.devnull, os.O_RDONLY),
            (request.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
            (request.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        )
        for descriptor, (path, flags) in enumerate(streams):
            opened = os.open(path, flags, 0o666)
            os.dup2(opened, descriptor)
            os.close(opened)
        restrict(request)
        code = command(request.words)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def restrict(request: Request) -> None:
    """Take from this process what the request says."""
    if request.file_size is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (request.file_size, request.file_size))
    if request.user is not None:
        os.setgroups([])
        os.setgid(request.user)
        os.setuid(request.user)
    if request.fault is not None:
        fail(*request.fault)


def fail(target: str, number: int, after: int) -> None:
    """Let a function raise an `OSError` from some call on."""
    module, _, name = target.rpartition(".")
    home: Any = importlib.import_module(module)
    right: Callable[..., Any] = getattr(home, name)
    calls = 0

    def failing(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls <= after:
            return right(*given, **named)
        path = [str(given[0])] if given and isinstance(given[0], str | Path) else []
        raise OSError(number, os.strerror(number), *path)

    setattr(home, name, failing)


def command(words: list[str]) -> int:
    """Run ``bridgex`` as its entry point does, and return the exit code."""
    from bridgex.cli import main

    sys.argv = ["bridgex", *words]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    finally:
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
