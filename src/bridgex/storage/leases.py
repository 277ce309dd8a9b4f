"""Work that several processes share: each piece is claimed by one, for as long as that lives.

A claim is a file that one process alone can make, whole; its owner touches it again and again. One
that was not touched for `EXPIRES` seconds on the reader's own clock, or whose process is gone from
this very machine, is somebody else's to take over. Clocks of machines are never compared.
"""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from bridgex.storage.files import file_lock, storage_errors, writing

BEAT = 15.0
"""Seconds after which a claim is touched again."""
EXPIRES = 180.0
"""Seconds without a touch after which a claim's owner counts as dead. Network file systems show a
change up to a minute late."""

_SUFFIX = ".lease"


@dataclass(frozen=True)
class Holder:
    """Who holds a claim.

    Attributes:
        run: what the processes of one run have in common.
        machine: of the process.
        process: its number there.
        since: when it was claimed, local time.
        attempt: how many processes of this run have held it, the others having died.
        token: tells one claim from every other.
    """

    run: str
    machine: str
    process: int
    since: str
    attempt: int
    token: str

    def __str__(self) -> str:
        return f"process {self.process} on {self.machine.partition('/')[0]} since {self.since}"


class Leases:
    """The claims in one folder.

    Attributes:
        folder: where they are.
        run: what this process's claims are labelled with.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self.run = run
        self._seen: dict[str, tuple[int, float]] = {}

    @contextmanager
    def claimed(self, name: str) -> Iterator[Holder | None]:
        """Hold the claim of a name within the block; None where another process holds it.

        Raises:
            StoreError: the folder cannot be written to.
        """
        holder = self._claim(name)
        if holder is None:
            yield None
            return
        path, done = self._path(name), threading.Event()
        beating = threading.Thread(target=_beat, args=(path, done), daemon=True)
        beating.start()
        try:
            yield holder
        finally:
            done.set()
            beating.join()
            if self.holder(name) == holder:
                path.unlink(missing_ok=True)

    def holder(self, name: str) -> Holder | None:
        """Return who holds the claim of a name; None where nobody does."""
        try:
            return Holder(**json.loads(self._path(name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):  # being written, or damaged: it expires like one
            return Holder("", "", 0, "", 1, "")

    def held(self) -> dict[str, Holder]:
        """Return name → who holds it, of all claims whose owner is not surely dead."""
        names = [path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}")]
        holders = {name: self.holder(name) for name in names}
        return {name: held for name, held in holders.items() if held and not _is_gone(held)}

    def _claim(self, name: str) -> Holder | None:
        path = self._path(name)
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            mine = self._new(1)
            if not path.exists() and self._is_new(path, mine):
                return mine
            before = self.holder(name)
            if before is None or not self._is_dead(name, before):
                return None
            with file_lock(self.folder / ".lock"):
                if self.holder(name) != before:
                    return None
                again = before.attempt + 1 if before.run == self.run else 1
                mine = self._new(again)
                with writing(path) as temporary:
                    temporary.write_text(json.dumps(asdict(mine)), encoding="utf-8")
        return mine

    def _is_new(self, path: Path, mine: Holder) -> bool:
        """Make a claim; False where another was faster.

        It is whole from the moment it is there: were its process killed while writing, nobody could
        tell whose it was. File systems without hard links cannot do that.
        """
        text = json.dumps(asdict(mine))
        whole = self.folder / f".{mine.token}"
        try:
            whole.write_text(text, encoding="utf-8")
            os.link(whole, path)
        except FileExistsError:
            return False
        except OSError:
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                return False
        finally:
            whole.unlink(missing_ok=True)
        return True

    def _new(self, attempt: int) -> Holder:
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        return Holder(self.run, _machine(), os.getpid(), now, attempt, uuid.uuid4().hex)

    def _is_dead(self, name: str, holder: Holder) -> bool:
        if _is_gone(holder):
            return True
        try:
            touched = self._path(name).stat().st_mtime_ns
        except FileNotFoundError:
            return False
        now = time.monotonic()
        seen, since = self._seen.get(name, (0, now))
        if seen != touched:
            self._seen[name] = touched, now
            return False
        return now - since > EXPIRES

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"


def _beat(path: Path, done: threading.Event) -> None:
    while not done.wait(BEAT):
        with suppress(OSError):
            os.utime(path)


def _is_gone(holder: Holder) -> bool:
    """Tell whether a process was on this machine and is no more."""
    if holder.machine != _machine():
        return False
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _machine() -> str:
    """Return what has its own process numbers: a host, or a container on it."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{space}"
