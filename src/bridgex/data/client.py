"""Downloading over HTTP: resumed, bounded in size and time, retried, or refused.

A download goes into ``NAME.part`` and becomes ``NAME`` when it is whole (see
`bridgex.data.partial`). Redirects are followed here, so that no token leaves the server it is for,
no connection falls back to http, and the body of a redirect is never read.

Proxies come from the usual environment variables (``HTTPS_PROXY``, ``NO_PROXY``, …). Why this is
written here and not left to a library: ``docs/decisions/0011-downloads.md``.
"""

import errno
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from bridgex.data.deadline import Deadline
from bridgex.data.limits import LIMITS, Limits
from bridgex.data.partial import Partial, TransientError, http_date, require_data
from bridgex.errors import DownloadError, StoreError

if TYPE_CHECKING:
    import httpx2

OFFLINE_VARIABLES = ("BRIDGEX_OFFLINE", "HF_HUB_OFFLINE")

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LONGEST_ANSWER = 64 * 2**20  # bytes; GitHub's largest listings are 7 MB
_MOST_REDIRECTS = 10
_SHOWN = 200  # characters of a server's or library's own words

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a download is tried.

    Attributes:
        attempts: how often in all.
        stall: seconds without a byte after which an attempt is given up.
        wait: seconds before the second attempt; doubled before each further one.
        longest_wait: seconds that a server may ask for with ``Retry-After``; asking for more ends
            the download.
        slowest: bytes per second that must arrive, over spans of ``stall`` seconds.
        total: seconds for one file, all attempts and pauses together.
    """

    attempts: int = 5
    stall: float = 30.0
    wait: float = 1.0
    longest_wait: float = 120.0
    slowest: float = 1000.0
    total: float = 3600.0


RETRIES = RetryPolicy()


class RefusedError(DownloadError):
    """A server's refusal.

    Attributes:
        status: of the answer.
        code: the ``X-Error-Code`` with which the Hub gives its reason, or an empty string.
    """

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def refuse_offline() -> None:
    """Refuse when the user has switched the network off.

    Raises:
        DownloadError: one of ``OFFLINE_VARIABLES`` is set.
    """
    for variable in OFFLINE_VARIABLES:
        if os.environ.get(variable, "").casefold() in {"1", "true", "yes", "on"}:
            raise DownloadError(
                f"{variable} is set, so nothing is downloaded; unset it, or register a copy of "
                "your own with --from DIR."
            )


class Client:
    """An HTTP client for files that anyone may fetch; a context manager."""

    def __init__(
        self,
        retries: RetryPolicy = RETRIES,
        limits: Limits = LIMITS,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        import httpx2

        refuse_offline()
        self._retries = retries
        self._limits = limits
        self._sockets: list[socket.socket] = []
        self._http = httpx2.Client(
            transport=transport,
            timeout=retries.stall,
            # A compressed answer has no length or range of the file itself.
            headers={"Accept-Encoding": "identity", "User-Agent": "bridgex"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def get(self, url: str, headers: Mapping[str, str]) -> bytes:
        """Return a small answer whole.

        Raises:
            DownloadError: it is refused, missing, too long, or fails again and again.
        """

        def once(deadline: Deadline) -> bytes:
            content = bytearray()
            with self._answer(url, headers, deadline) as response:
                _require_success(url, response)
                for chunk in self._chunks(response):
                    content += chunk
                    if len(content) > _LONGEST_ANSWER:
                        raise DownloadError(
                            f"{url} is answered with more than {_LONGEST_ANSWER:,} bytes, which "
                            "no listing has; report it."
                        )
            return bytes(content)

        return self._with_retries(url, once)

    def download(self, url: str, target: Path, headers: Mapping[str, str] | None = None) -> None:
        """Write a file to ``target``, going on where an earlier attempt broke off.

        Args:
            url: of the file.
            target: where it goes; beside it lies the unfinished file.
            headers: sent with the request; ``Authorization`` only to the server of ``url``.

        Raises:
            DownloadError: the file is refused, missing, too large, a web page, or fails again and
                again.
            StoreError: it cannot be written.
        """
        partial = Partial(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._with_retries(
                url, lambda deadline: self._fetch(url, headers or {}, partial, deadline)
            )
            require_data(url, partial)
            partial.finish()
        except OSError as problem:
            if problem.errno in _FULL:
                partial.discard()
            raise StoreError(
                f"Cannot write to {target.parent} ({problem.strerror or problem}); make room or "
                "choose another folder with --to DIR."
            ) from problem

    def _with_retries(self, url: str, once: Callable[[Deadline], _Answer]) -> _Answer:
        import httpx2

        deadline = Deadline(self._retries.total, self._sockets)
        wait = self._retries.wait
        for attempt in range(1, self._retries.attempts + 1):
            try:
                return once(deadline)
            except (httpx2.TransportError, TransientError) as problem:
                if deadline.passed:
                    raise self._too_late(url) from problem
                final = attempt == self._retries.attempts
                if final or isinstance(problem, httpx2.UnsupportedProtocol):
                    raise DownloadError(
                        f"{url} could not be fetched in {attempt} attempts "
                        f"({_reason(problem)}); check the connection and proxy settings, then run "
                        "the command again: it goes on where it stopped."
                    ) from problem
                self._pause(url, wait, problem, deadline)
                wait *= 2
            except (httpx2.InvalidURL, httpx2.StreamError, UnicodeError) as problem:
                # UnicodeError: a host name that cannot be looked up.
                raise _leads_nowhere(url, _reason(problem)) from problem
        raise AssertionError("attempts is at least 1")

    def _pause(self, url: str, wait: float, problem: Exception, deadline: Deadline) -> None:
        asked = problem.retry_after if isinstance(problem, TransientError) else None
        if asked is not None and asked > self._retries.longest_wait:
            raise DownloadError(
                f"{url} is busy and asks to wait {asked:,.0f} seconds ({_reason(problem)}); run "
                "the command again after that: it goes on where it stopped."
            ) from problem
        pause = min(wait, self._retries.longest_wait) if asked is None else max(asked, 0.0)
        if pause > deadline.remaining:
            raise self._too_late(url) from problem
        time.sleep(pause)

    def _too_late(self, url: str) -> DownloadError:
        return DownloadError(
            f"{url} took longer than {self._retries.total:,.0f} seconds; run the command again: "
            "it goes on where it stopped."
        )

    @contextmanager
    def _answer(
        self, url: str, headers: Mapping[str, str], deadline: Deadline
    ) -> Iterator["httpx2.Response"]:
        """Yield the answer that is no redirect, its body unread."""
        import httpx2

        target, sent = httpx2.URL(url), dict(headers)
        with deadline.watch() as extensions:
            for _ in range(_MOST_REDIRECTS + 1):
                request = self._http.stream("GET", target, headers=sent, extensions=extensions)
                with request as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    following = _redirected(url, response)
                if following.origin != target.origin:
                    sent = {k: v for k, v in sent.items() if k.casefold() != "authorization"}
                target = following
        raise _leads_nowhere(url, f"more than {_MOST_REDIRECTS} redirects")

    def _chunks(self, response: "httpx2.Response") -> Iterator[bytes]:
        """Yield a body as it arrives, as long as that is fast enough."""
        began, arrived = time.monotonic(), 0
        for chunk in response.iter_raw():
            yield chunk
            arrived += len(chunk)
            seconds = time.monotonic() - began
            if seconds >= self._retries.stall:
                if arrived < self._retries.slowest * seconds:
                    raise TransientError(f"{arrived / seconds:,.0f} bytes per second arrived")
                began, arrived = time.monotonic(), 0

    def _fetch(
        self, url: str, headers: Mapping[str, str], partial: Partial, deadline: Deadline
    ) -> None:
        """Make the file whole, or leave what arrived for the next attempt."""
        with self._answer(url, {**headers, **partial.range_headers()}, deadline) as response:
            if response.status_code == 416 and partial.start:
                partial.require_whole_as_refused(response)
                return
            _require_success(url, response)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise DownloadError(f"{url} is sent compressed, which was not asked for.")
            partial.begin(url, response, self._limits)
            partial.write(url, self._chunks(response), self._limits)
        partial.require_whole(url)


def _reason(problem: Exception) -> str:
    """What went wrong, in one short line."""
    import httpx2

    if isinstance(problem, httpx2.TimeoutException):
        return "no answer in time"
    line = next(iter(str(problem).splitlines()), "").rstrip(".")
    return line[:_SHOWN] or type(problem).__name__


def _leads_nowhere(url: str, reason: str) -> DownloadError:
    return DownloadError(f"{url} leads nowhere ({reason}); report it.")


def _redirected(url: str, response: "httpx2.Response") -> "httpx2.URL":
    """Where a redirect leads; refused unless it is a place of the same safety."""
    import httpx2

    location = response.headers["Location"]
    try:
        target = response.url.join(location)
    except httpx2.InvalidURL as problem:
        raise _leads_nowhere(url, _reason(problem)) from problem
    labels = target.host.removesuffix(".").split(".")
    if target.scheme not in {"http", "https"} or not all(labels):
        raise _leads_nowhere(url, f"a redirect to {location[:_SHOWN]!r}")
    if response.url.scheme == "https" and target.scheme != "https":
        raise DownloadError(
            f"{url} redirects to {str(target)[:_SHOWN]}, which is not encrypted; this is refused."
        )
    return target


def _require_success(url: str, response: "httpx2.Response") -> None:
    status = response.status_code
    retry_after = _retry_after(response)
    if status in _BUSY or (status == 403 and retry_after is not None):
        raise TransientError(f"the server answered {status}", retry_after)
    if status in {401, 403, 407}:
        problem = (
            f"was refused (status {status}); the publisher, the proxy or a limit on requests does "
            "not let this machine fetch it now."
        )
    elif status in {404, 410}:
        problem = f"is not there (status {status}); the publisher may have moved or removed it."
    elif status not in {200, 206}:
        problem = f"was answered with status {status}; try again later."
    else:
        return
    raise RefusedError(f"{url} {problem}", status, response.headers.get("X-Error-Code", ""))


def _retry_after(response: "httpx2.Response") -> float | None:
    """Seconds that the server asks to wait (RFC 9110, section 10.2.3), or None."""
    stated = response.headers.get("Retry-After", "").strip()
    if stated.isascii() and stated.isdecimal():
        return float(stated)
    moment = http_date(stated)
    return None if moment is None else max((moment - datetime.now(UTC)).total_seconds(), 0.0)
