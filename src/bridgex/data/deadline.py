"""An end in time for a request, whatever the server does.

A time limit per read is no limit: a server that sends a byte of its headers now and then keeps a
client for days. So when the time is over the connection itself is shut, and what waits on it fails.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Deadline:
    """So many seconds from now.

    Args:
        seconds: until it is over.
        sockets: of the connections that a client keeps; those made meanwhile are added.
    """

    def __init__(self, seconds: float, sockets: list[socket.socket]) -> None:
        self._end = time.monotonic() + seconds
        self._sockets = sockets

    @property
    def remaining(self) -> float:
        """Seconds left; negative when it is over."""
        return self._end - time.monotonic()

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self.remaining <= 0

    @contextmanager
    def watch(self) -> Iterator[dict[str, Any]]:
        """Yield the extensions of requests whose connections are shut when the time is over."""

        def shut() -> None:
            for connected in self._sockets:
                with suppress(OSError):
                    # Not SSLSocket's own method, which another thread must not call.
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)

        def trace(_event: str, info: dict[str, Any]) -> None:
            """Learn of connections as httpx makes them (its request extension ``trace``)."""
            ask = getattr(info.get("return_value"), "get_extra_info", None)
            connected = ask("socket") if ask else None
            if isinstance(connected, socket.socket):
                # Closed ones have no file descriptor any more.
                self._sockets[:] = [*(s for s in self._sockets if s.fileno() >= 0), connected]
                if self.passed:
                    shut()

        timer = threading.Timer(max(self.remaining, 0), shut)
        timer.daemon = True
        timer.start()
        try:
            yield {"trace": trace}
        finally:
            timer.cancel()
