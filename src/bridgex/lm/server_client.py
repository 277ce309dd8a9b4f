"""HTTP to a server with a model: bounded in time and size, retried, and never redirected."""

import asyncio
import json
import math
import random
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bridgex.errors import ServerError, reason

if TYPE_CHECKING:
    import httpx2

Result = TypeVar("Result")

KEY_VARIABLE = "BRIDGEX_API_KEY"
"""Environment variable with the key that is sent to the server; it comes from nowhere else."""

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_LONGEST_ANSWER = 64 * 2**20
"""Bytes; the log-probabilities of a prompt of 100,000 tokens take some 10 MB."""
_SHOWN = 200
"""Characters of a server's own words that are quoted."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        attempts: how often a question is sent when the server fails; a server that is there but
            busy (429) is asked until ``total`` is over.
        connect: seconds for a connection.
        total: seconds for one answer, and for all the waiting between attempts.
        wait: seconds before the second attempt, at most; doubled before each further one.
        longest_wait: seconds that a server may ask for with ``Retry-After``; asking for more ends
            the work.
    """

    attempts: int = 6
    connect: float = 10.0
    total: float = 600.0
    wait: float = 1.0
    longest_wait: float = 60.0


PATIENCE = Patience()


class RefusedError(ServerError):
    """A question that the server does not take.

    Attributes:
        status: of its answer.
        message: the server's own words, safe to show.
    """

    def __init__(self, text: str, status: int, message: str) -> None:
        super().__init__(text)
        self.status = status
        self.message = message


class _TransientError(Exception):
    """What may be otherwise at the next attempt.

    Attributes:
        wait: seconds that the server asks for.
        busy: whether it is there and asks for time.
        broken: whether no answer came at all.
    """

    def __init__(
        self, what: str, wait: float | None = None, *, busy: bool = False, broken: bool = False
    ) -> None:
        super().__init__(what)
        self.wait = wait
        self.busy = busy
        self.broken = broken


class _UnansweredError(ServerError):
    """No usable answer, however often a question was asked."""


class UnusableError(_TransientError):
    """An answer that is not what was asked for; raised by whoever reads it."""


@dataclass
class Place:
    """Where a server is.

    Attributes:
        url: the base of its interface, without credentials.
        patience: how long it is waited for.
        reached: whether it ever answered.
    """

    url: str
    patience: Patience = PATIENCE
    reached: bool = False


class Client:
    """Asks a server; its methods are called within `run`."""

    def __init__(self, http: "httpx2.AsyncClient", place: Place, key: str) -> None:
        self._http, self._place, self._key = http, place, key
        self._url, self._patience = place.url, place.patience

    async def reach(self) -> None:
        """See that the server is there.

        Raises:
            ServerError: it is not.
        """
        with suppress(RefusedError):
            await self.try_once("models", lambda _answer: None)

    async def ask(
        self, path: str, read: Callable[[Any], Result], body: Mapping[str, Any] | None = None
    ) -> Result:
        """Ask a question and read the answer, as often as it takes.

        Args:
            path: of the question, from the server's base on; ``../`` goes up.
            read: reads the JSON of the answer; `UnusableError`, `KeyError`, `TypeError`,
                `ValueError` or `IndexError` of it mean that the answer is of no use.
            body: the question; without one, the path itself is.

        Raises:
            RefusedError: the server does not take this question.
            ServerError: it cannot be reached, or what comes is of no use again and again.
        """
        failures = pauses = 0
        waited = 0.0
        while True:
            try:
                return await self._once(path, read, body)
            except _TransientError as problem:
                failures += not problem.busy
                pause = self._pause(problem, pauses)
                if failures >= self._patience.attempts or waited + pause > self._patience.total:
                    raise _UnansweredError(
                        f"{self._url} gave no usable answer in {pauses + 1} attempts ({problem}); "
                        "see what it writes, then run the same command: it goes on where it "
                        "stopped."
                    ) from problem
                pauses += 1
                waited += pause
            await asyncio.sleep(pause)

    async def try_once(
        self, path: str, read: Callable[[Any], Result], body: Mapping[str, Any] | None = None
    ) -> Result:
        """Ask a question that the server may not know; see `ask`.

        An error that it answers with is believed, a connection that breaks is not: what a server
        can must not depend on a hiccup while it starts.

        Raises:
            RefusedError: it does not, or fails at it.
            ServerError: it cannot be reached.
        """
        try:
            return await self._once(path, read, body)
        except _TransientError as problem:
            failed = problem
        try:
            if failed.busy or failed.broken:
                return await self.ask(path, read, body)
        except _UnansweredError as problem:
            if failed.busy:
                raise
            failed = _TransientError(str(problem.__cause__))
        raise RefusedError(
            f"{self._url} fails at a question ({failed}).", 500, str(failed)
        ) from failed

    def _pause(self, problem: _TransientError, pauses: int) -> float:
        """Return how long to wait before the next attempt, in seconds."""
        patience = self._patience
        if problem.wait is not None and problem.wait > patience.longest_wait:
            raise ServerError(
                f"{self._url} asks to wait {problem.wait:,.0f} seconds ({problem}); run the same "
                "command after that: it goes on where it stopped."
            ) from problem
        if problem.wait is not None:
            return problem.wait
        most = min(patience.wait * 2**pauses, patience.longest_wait)
        return random.uniform(most / 2, most)  # noqa: S311

    async def _once(
        self, path: str, read: Callable[[Any], Result], body: Mapping[str, Any] | None
    ) -> Result:
        import httpx2

        method = "GET" if body is None else "POST"
        try:
            async with (
                asyncio.timeout(self._patience.total),
                self._http.stream(method, _joined(self._url, path), json=body) as response,
            ):
                text = await _bounded(response)
        except TimeoutError as problem:
            raise ServerError(
                f"{self._url} took longer than {self._patience.total:g} seconds for one answer; "
                "lower --concurrency, or give it a faster machine."
            ) from problem
        except httpx2.TransportError as problem:
            raise self._unreachable(problem) from problem
        except (httpx2.InvalidURL, UnicodeError) as problem:
            raise ServerError(
                f"{self._url} leads nowhere ({reason(problem)}); check the address."
            ) from problem
        self._require_success(response, text)
        self._place.reached = True
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise UnusableError("an answer that is not JSON") from problem
        try:
            return read(answer)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
            raise UnusableError("an answer of another form") from problem

    def _unreachable(self, problem: "httpx2.TransportError") -> Exception:
        certificate = _caused_by(problem, ssl.SSLCertVerificationError)
        if certificate is not None:
            return ServerError(
                f"The certificate of {self._url} cannot be trusted "
                f"({certificate.verify_message or reason(certificate)}); where it is signed by "  # type: ignore[attr-defined]
                "an authority of your own, name that authority's file in SSL_CERT_FILE."
            )
        import httpx2

        if isinstance(problem, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
            return ServerError(f"{self._url} cannot be asked ({self._masked(str(problem))}).")
        if (
            isinstance(problem, httpx2.ConnectError | httpx2.ConnectTimeout)
            and not self._place.reached
        ):
            late = isinstance(problem, httpx2.ConnectTimeout)
            return ServerError(
                f"No server answers at {self._url} "
                f"({'no connection in time' if late else reason(problem)}); check the address and "
                "that the server runs."
            )
        what = self._masked(reason(problem))
        if what == type(problem).__name__:
            what = "the connection broke"
        return _TransientError(what, broken=True)

    def _require_success(self, response: "httpx2.Response", text: bytes) -> None:
        status = response.status_code
        if status < 300:
            return
        if status < 400:
            raise ServerError(
                f"{self._url} redirects to {_target(response)}, and a redirect is not followed, so "
                "that prompts and key stay with the server you name; name that address instead."
            )
        said = self._masked(_message(text))
        quoted = f": {said}" if said else ""
        if status in _BUSY:
            wait = _retry_after(response)
            busy = status == 429 or (status == 503 and wait is not None)
            raise _TransientError(f"it answers {status}{quoted}", wait, busy=busy)
        if status in {401, 403}:
            raise ServerError(
                f"{self._url} refuses access (status {status}{quoted}); put a key that it takes "
                f"into the environment variable {KEY_VARIABLE}."
            )
        raise RefusedError(
            f"{self._url} does not take a question (status {status}{quoted}); check the address, "
            "which mostly ends in /v1, and the model's name there (--server-model).",
            status,
            said,
        )

    def _masked(self, text: str) -> str:
        """Return a server's or library's words without the key, as part of a sentence."""
        shown = text.replace(self._key, "***") if self._key else text
        shown = "".join(char if char.isprintable() else " " for char in shown)
        shown = " ".join(shown.split()).rstrip(".")
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _joined(url: str, path: str) -> str:
    while path.startswith("../"):
        url, path = url.rpartition("/")[0], path.removeprefix("../")
    return f"{url}/{path}"


async def _bounded(response: "httpx2.Response") -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _LONGEST_ANSWER:
            raise UnusableError(f"an answer of more than {_LONGEST_ANSWER:,} bytes")
    return bytes(content)


def _message(text: bytes) -> str:
    """Return what a server says of an error: the message in its JSON, or nothing of a web page."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    for name in ("error", "detail", "message"):
        if isinstance(said, dict) and said.get(name):
            said = said[name]
    if isinstance(said, dict) and "message" in said:
        said = said["message"]
    return said if isinstance(said, str) else json.dumps(said)


def _target(response: "httpx2.Response") -> str:
    import httpx2

    try:
        target = response.url.join(response.headers.get("Location", ""))
        return str(target.copy_with(username=None, password=None, query=None))[:_SHOWN]
    except (httpx2.InvalidURL, TypeError, ValueError):
        return "another address"


def _retry_after(response: "httpx2.Response") -> float | None:
    """Seconds that the server asks to wait (RFC 9110, section 10.2.3), or None."""
    stated = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(stated)
    except ValueError:
        try:
            moment = parsedate_to_datetime(stated)
        except ValueError:
            return None
        now = datetime.now(UTC)
        seconds = (moment - (now if moment.tzinfo else now.replace(tzinfo=None))).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _caused_by(problem: BaseException | None, kind: type[Exception]) -> Exception | None:
    while problem is not None and not isinstance(problem, kind):
        problem = problem.__cause__ or problem.__context__
    return problem
