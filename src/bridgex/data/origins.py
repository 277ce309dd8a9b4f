"""Where sources are fetched from: the Hub, GitHub, or addresses of a publisher's own."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from bridgex.data.client import Client
from bridgex.errors import DownloadError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

GITHUB_API = "https://api.github.com"
GITHUB_FILES = "https://raw.githubusercontent.com"

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listing:
    """What an origin offers.

    Attributes:
        revision: the commit listed, or None where there are no revisions.
        files: paths of its files, with ``/``.
    """

    revision: str | None
    files: tuple[str, ...]


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
            revision = client.get(url, "application/vnd.github.sha").text.strip()
            if not _COMMIT.fullmatch(revision):
                raise DownloadError(f"{url} did not answer with a commit; try again later.")
        url = f"{api}/git/trees/{revision}?recursive=1"
        answer = client.get(url, "application/vnd.github+json")
        try:
            tree = answer.json()
            files = tuple(entry["path"] for entry in tree["tree"] if entry["type"] == "blob")
        except (ValueError, LookupError, TypeError) as problem:
            raise DownloadError(f"{url} did not list the repository's files.") from problem
        if tree.get("truncated"):
            raise DownloadError(f"{url} lists only a part of the repository's files.")
        return Listing(revision, files)

    def fetch(self, client: Client, revision: str | None, path: str, folder: Path) -> Path:
        """Download one file of a commit."""
        url = f"{GITHUB_FILES}/{self.repository}/{revision}/{quote(path)}"
        client.download(url, folder / path)
        return folder / path


@dataclass(frozen=True, slots=True)
class Hub:
    """The files of a data set on the Hugging Face Hub, through ``huggingface_hub``.

    Its address can be set with ``HF_ENDPOINT``, a token with ``HF_TOKEN`` or ``hf auth login``.
    """

    repository: str

    @property
    def address(self) -> str:
        """The data set's page."""
        return f"https://huggingface.co/datasets/{self.repository}"

    def listing(self, client: Client, revision: str | None) -> Listing:
        """Return the files of a commit, by default of the newest of the main branch."""
        with self._one_sentence() as api:
            stall = client.patience.stall
            info = api.dataset_info(self.repository, revision=revision, timeout=stall)
        if info.sha is None:
            raise DownloadError(f"{self.address} did not say its revision; try again later.")
        return Listing(info.sha, tuple(each.rfilename for each in info.siblings or ()))

    def fetch(self, client: Client, revision: str | None, path: str, folder: Path) -> Path:
        """Download one file of a commit."""
        from huggingface_hub.utils.tqdm import disable_progress_bars

        del client
        with disable_progress_bars(), self._one_sentence() as api:
            fetched = api.hf_hub_download(
                self.repository, path, repo_type="dataset", revision=revision, local_dir=folder
            )
        return Path(fetched)

    @contextmanager
    def _one_sentence(self) -> Iterator["HfApi"]:
        """Yield the Hub's client; its errors become one sentence."""
        import httpx2
        from huggingface_hub import HfApi
        from huggingface_hub.errors import (
            GatedRepoError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        try:
            endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
            yield HfApi(endpoint=endpoint, library_name="bridgex")
        except GatedRepoError as problem:
            raise DownloadError(
                f"{self.repository} is gated: accept its terms at {self.address}, then log in "
                "with 'hf auth login' or set HF_TOKEN."
            ) from problem
        except (RepositoryNotFoundError, RevisionNotFoundError) as problem:
            raise DownloadError(
                f"The Hub has no data set {self.repository} of that revision, or it is private; "
                "log in with 'hf auth login' or set HF_TOKEN if it is yours."
            ) from problem
        except (httpx2.HTTPError, OSError) as problem:
            reason = next(iter(str(problem).splitlines()), "").rstrip(". ")
            raise DownloadError(
                f"{self.address} could not be fetched ({reason or type(problem).__name__}); check "
                "the connection and proxy settings, then run the command again."
            ) from problem
