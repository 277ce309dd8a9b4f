"""A server's address, and many questions to it at once.

One loop of asyncio in a thread of its own asks over connections that are kept, and hands answers
over as they come; so it works where a loop runs already (notebooks), and a Ctrl-C ends all that is
under way. Why not a client of the protocol's author: ``docs/decisions/0015-servers.md``.
"""

import asyncio
import functools
import os
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bridgex.errors import RequestError
from bridgex.lm.server_client import KEY_VARIABLE, Client, Place

Result = TypeVar("Result")


@dataclass(frozen=True)
class Connection:
    """How a server is asked.

    Attributes:
        place: where it is.
        concurrency: questions that are under way at once.
    """

    place: Place
    concurrency: int = 16

    def run(self, work: Callable[[Client], Coroutine[Any, Any, Result]]) -> Result:
        """Do some work with a client and return its result."""

        async def single(client: Client, put: Callable[[Result], None]) -> None:
            put(await work(client))

        (result,) = self.stream(single)
        return result

    def stream(
        self, work: Callable[[Client, Callable[[Result], None]], Coroutine[Any, Any, None]]
    ) -> Iterator[Result]:
        """Do some work with a client and yield what it hands over, as it comes.

        The work ends when the iterator does: at an error, a Ctrl-C, or when it is closed.

        Raises:
            ServerError: as the work says.
        """
        results: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        stop: list[Callable[[], object]] = []
        key = _key()

        async def main() -> None:
            task, loop = asyncio.current_task(), asyncio.get_running_loop()
            if task is not None:
                stop.append(functools.partial(loop.call_soon_threadsafe, task.cancel))
            async with self._client(key) as client:
                await work(client, lambda result: results.put(("result", result)))

        def run() -> None:
            try:
                asyncio.run(main())
            except BaseException as problem:
                results.put(("problem", problem))
            else:
                results.put(("end", None))

        thread = threading.Thread(target=run, name="bridgex-server", daemon=True)
        thread.start()
        try:
            while True:
                kind, value = results.get()
                if kind == "end":
                    return
                if kind == "problem":
                    raise _first(value)
                yield value
        finally:
            if thread.is_alive():
                with suppress(RuntimeError):  # its loop has ended meanwhile
                    for each in stop:
                        each()
                thread.join()

    @asynccontextmanager
    async def _client(self, key: str) -> AsyncIterator[Client]:
        import httpx2

        headers = {"User-Agent": "bridgex", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        patience = self.place.patience
        async with httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(patience.total, connect=patience.connect),
            limits=httpx2.Limits(
                max_connections=self.concurrency, max_keepalive_connections=self.concurrency
            ),
            follow_redirects=False,
        ) as http:
            yield Client(http, self.place, key)


def base_url(url: str) -> str:
    """Return the base of a server's interface; ``/v1`` where only a host is named.

    Raises:
        RequestError: it is no address of a server, or has credentials in it.
    """
    import httpx2

    wrong = "is no address of a server; write one such as http://localhost:8000/v1."
    try:
        parsed = httpx2.URL(url.strip())
    except (httpx2.InvalidURL, UnicodeError):
        raise RequestError(f"What --generate-with names {wrong}") from None
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise RequestError(
            f"The address of {parsed.host or 'a server'} has a user, password, query or fragment "
            f"in it; leave them out and put a key into the environment variable {KEY_VARIABLE}."
        )
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise RequestError(f"'{url}' {wrong}")
    path = parsed.path.rstrip("/") or "/v1"
    return str(parsed.copy_with(path=path))


def _key() -> str:
    """Return the key of the environment, or an empty text.

    Raises:
        RequestError: it has characters that no header can have.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not all("!" <= char <= "~" for char in key):
        raise RequestError(
            f"The key in {KEY_VARIABLE} has characters that keys do not have (white space, letters "
            "beyond ASCII); set it again."
        )
    return key


def _first(problem: BaseException) -> BaseException:
    """Return the first error of a group."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem
