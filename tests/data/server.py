"""A server on this machine that misbehaves as asked."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = (
    int
    | tuple[int, dict[str, str]]
    | Literal["cut", "stall", "redirect", "part", "star"]
    | Literal["unframed", "unframed cut", "chunked", "chunked cut", "endless", "drip", "drip head"]
)
"""A status, a status with headers, or how a body misbehaves (``unframed``: without a length)."""

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
    disable_nagle_algorithm = True  # or a body waits 40 ms behind its headers

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        headers = {name.title(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers))
        fault = self.server.faults[self.path].pop(0) if self.server.faults[self.path] else None
        published = self.server.files.get(self.path)
        if isinstance(fault, tuple):
            self._answer(fault[0], b"", fault[1])
        elif isinstance(fault, int) or published is None:
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
            end = (start + len(content)) // 2 if fault in {"part", "star"} else len(content)
            length = "*" if fault == "star" else len(content)
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
            content, status = content[start:end], 206
        if fault in {None, "part", "star"}:
            self._answer(status, content, headers)
            return
        if fault not in {"cut", "stall"}:
            self._misbehave(str(fault), status, content, headers)
            return
        self._head(status, len(content), headers)
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        if fault == "stall":
            self.server.over.wait(STALLED)
        self.close_connection = True

    def _misbehave(self, fault: str, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.close_connection = True
        if fault == "drip head":
            self.send_response(status)
            self.flush_headers()
            self._drip(b"X-Slow: " + b"a" * 1000)
            return
        if fault.startswith("chunked") or fault == "endless":
            headers = {**headers, "Transfer-Encoding": "chunked"}
        self._head(status, len(content) if fault == "drip" else None, headers)
        half = content[: len(content) // 2]
        if fault == "drip":
            self._drip(content)
        elif fault.startswith("unframed"):
            self.wfile.write(half if fault.endswith("cut") else content)
        elif fault == "endless":
            while not self.server.over.is_set():
                self._chunk(bytes(65_536))
        else:
            self._chunk(half)
            if fault == "chunked":
                self._chunk(content[len(half) :])
                self._chunk(b"")

    def _drip(self, content: bytes) -> None:
        for place in range(len(content)):
            if self.server.over.wait(0.02):
                return
            self.wfile.write(content[place : place + 1])
            self.wfile.flush()

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

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

    def _head(self, status: int, length: int | None, headers: dict[str, str]) -> None:
        self.send_response(status)
        stated = {} if length is None else {"Content-Length": str(length)}
        for name, value in {**stated, **headers}.items():
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
