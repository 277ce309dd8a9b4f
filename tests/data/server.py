"""A server on this machine that misbehaves as asked."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = int | Literal["cut", "stall", "redirect", "part"]

STALLED = 10.0
"""Seconds for which a server says nothing more."""


@dataclass
class Published:
    """A file on the server."""

    content: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    ranges: bool = True
    status: int = 200


class Server(ThreadingHTTPServer):
    """Serves `files`; `faults` of a path are used up one a request; `requests` are kept."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files: dict[str, Published] = {}
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.over = threading.Event()

    def publish(self, path: str, content: bytes, **headers: str) -> None:
        self.files[path] = Published(content, headers or {"ETag": '"one"'})

    def asked(self, path: str) -> list[dict[str, str]]:
        """Headers of the GET requests for a path, in order."""
        return [
            headers for method, each, headers in self.requests if (method, each) == ("GET", path)
        ]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        fault = self.server.faults[self.path].pop(0) if self.server.faults[self.path] else None
        published = self.server.files.get(self.path)
        if isinstance(fault, int) or published is None:
            self._answer(fault if isinstance(fault, int) else 404, b"no")
        elif fault == "redirect":
            self._answer(302, b"", {"Location": f"{self.path}/moved"})
        else:
            self._serve(published, fault)

    def _serve(self, published: Published, fault: Fault | None) -> None:
        content, headers, status = published.content, dict(published.headers), published.status
        start = self._start(published)
        if start is not None:
            if start >= len(content):
                self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                return
            end = (start + len(content)) // 2 if fault == "part" else len(content)
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
            content, status = content[start:end], 206
        if fault in {None, "part"}:
            self._answer(status, content, headers)
            return
        self._head(status, len(content), headers)
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        if fault == "stall":
            self.server.over.wait(STALLED)
        self.close_connection = True

    def _start(self, published: Published) -> int | None:
        asked = self.headers.get("Range")
        if asked is None or not published.ranges:
            return None
        condition = self.headers.get("If-Range")
        if condition not in {None, *published.headers.values()}:
            return None
        return int(asked.removeprefix("bytes=").removesuffix("-").split("-")[0])

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(content), headers or {})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
