"""Where sources are fetched from: the Hub, GitHub, or addresses of a publisher's own."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from bridgex.data.client import Client, RefusedError
from bridgex.errors import DownloadError

GITHUB_API = "https://api.github.com"
GITHUB_FILES = "https://raw.githubusercontent.com"
HUB = "https://huggingface.co"

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listing:
    """What an origin offers.

    Attributes:
        revision: the commit listed, or None where there are no revisions.
        files: paths of its files, with ``/``.
        licence: as it is stated there; None where it is not.
    """

    revision: str | None
    files: tuple[str, ...]
    licence: str | None = None


class Origin(Protocol):
    """A place that files come from."""

    @property
    def address(self) -> str:
        """The place in words, for people and for the lock."""
        ...

    def listing(self, client: Client, revision: str | None) -> Listing:
        """Return the files of a revision, by default of the newest.

        Raises:
            DownloadError: the place cannot be reached, is not there, or refuses.
        """
        ...

    def fetch(self, client: Client, revision: str | None, path: str, folder: Path) -> Path:
        """Download a listed file into ``folder``, a place for unfinished work; return where it is.

        Raises:
            DownloadError: as for `listing`.
            StoreError: the folder cannot be written to.
        """
        ...


@dataclass(frozen=True, slots=True)
class Addresses:
    """Files at addresses of a publisher's own, known beforehand: ``base/path``."""

    base: str
    files: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address that the paths follow."""
        return self.base

    def listing(self, client: Client, revision: str | None) -> Listing:
        """Return the files, which have no revision."""
        del client, revision
        return Listing(None, self.files)

    def fetch(self, client: Client, revision: str | None, path: str, folder: Path) -> Path:
        """Download one file."""
        del revision
        client.download(f"{self.base}/{quote(path)}", folder / path)
        return folder / path


@dataclass(frozen=True, slots=True)
class GitHub:
    """The files of a GitHub repository (``owner/name``)."""

    repository: str

    @property
    def address(self) -> str:
        """The repository's page."""
        return f"https://github.com/{self.repository}"

    def listing(self, client: Client, revision: str | None) -> Listing:
        """Return the files of a commit, by default of the newest of the default branch."""
        api = f"{GITHUB_API}/repos/{self.repository}"
        if revision is None:
            url = f"{api}/commits/HEAD"
            answer = client.get(url, {"Accept": "application/vnd.github.sha"})
            revision = answer.decode("ascii", "replace").strip()
            if not _COMMIT.fullmatch(revision):
                raise DownloadError(f"{url} did not answer with a commit; try again later.")
        url = f"{api}/git/trees/{revision}?recursive=1"
        with _layout_known(url):
            tree = _json(client, url, {"Accept": "application/vnd.github+json"})
            files = tuple(str(entry["path"]) for entry in tree["tree"] if entry["type"] == "blob")
            truncated = tree.get("truncated")
        if truncated:
            raise DownloadError(f"{url} lists only a part of the repository's files.")
        return Listing(revision, files)

    def fetch(self, client: Client, revision: str | None, path: str, folder: Path) -> Path:
        """Download one file of a commit."""
        url = f"{GITHUB_FILES}/{self.repository}/{revision}/{quote(path)}"
        client.download(url, folder / path)
        return folder / path


@dataclass(frozen=True, slots=True)
class Hub:
    """The files of a data set on the Hugging Face Hub.

    Its address can be set with ``HF_ENDPOINT``, a token with ``HF_TOKEN`` or ``hf auth login``.

    Attributes:
        repository: ``owner/name``.
        pinned: the revision that is listed where none is asked for; None for the newest of the
            main branch.
    """

    repository: str
    pinned: str | None = None

    @property
    def address(self) -> str:
        """The data set's page."""
        return f"https://huggingface.co/datasets/{self.repository}"

    def listing(self, client: Client, revision: str | None) -> Listing:
        """Return the files of a commit, by default of the newest of the main branch."""
        url = f"{_hub()}/api/datasets/{self.repository}"
        revision = revision or self.pinned
        if revision is not None:
            url += f"/revision/{quote(revision, safe='')}"
        with self._reasons(), _layout_known(url):
            about = _json(client, url, _token())
            commit, files = (
                about["sha"],
                tuple(str(file["rfilename"]) for file in about["siblings"]),
            )
            stated = (about.get("cardData") or {}).get("license")
        if not (isinstance(commit, str) and _COMMIT.fullmatch(commit)):
            raise DownloadError(f"{self.address} did not say its revision; try again later.")
        licence = ", ".join(stated) if isinstance(stated, list) else stated
        return Listing(commit, files, str(licence) if licence else None)

    def fetch(self, client: Client, revision: str | None, path: str, folder: Path) -> Path:
        """Download one file of a commit."""
        from huggingface_hub import hf_hub_url

        url = hf_hub_url(
            self.repository, path, repo_type="dataset", revision=revision, endpoint=_hub()
        )
        with self._reasons():
            client.download(url, folder / path, _token())
        return folder / path

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        """Say what helps where the Hub refuses."""
        try:
            yield
        except RefusedError as problem:
            if problem.code == "GatedRepo":
                raise DownloadError(
                    f"{self.repository} is gated: accept its terms at {self.address}, then log in "
                    "with 'hf auth login' or set HF_TOKEN."
                ) from problem
            # To those who may not see it the Hub says 401, as if it knew no such data set.
            if problem.status == 401 or problem.code in {"RepoNotFound", "RevisionNotFound"}:
                raise DownloadError(
                    f"The Hub has no data set {self.repository} of that revision, or it is "
                    "private; log in with 'hf auth login' or set HF_TOKEN if it is yours."
                ) from problem
            raise


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB


def _token() -> dict[str, str]:
    """The header with the user's token for the Hub, where there is one."""
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = build_hf_headers()
    return {name: value for name, value in headers.items() if name.casefold() == "authorization"}


def _json(client: Client, url: str, headers: dict[str, str]) -> Any:
    return json.loads(client.get(url, headers))


@contextmanager
def _layout_known(url: str) -> Iterator[None]:
    """Refuse an answer of another layout than the one that the block reads."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise DownloadError(f"{url} did not list the files; try again later.") from problem
