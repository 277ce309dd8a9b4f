"""How large what a publisher sends may be."""

from dataclasses import dataclass

from bridgex.errors import DownloadError

GIB = 2**30

_RATIO_FREE = 64 * 2**20  # bytes that any archive may unpack to, however small it is


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is downloaded and unpacked.

    Attributes:
        max_bytes: of one file, and of all that one archive unpacks to.
        max_ratio: bytes unpacked for each byte of an archive that unpacks to more than 64 MiB.
            Text packs some three to ten times; only what is made to fill a disk packs 100 times.
        max_members: of one archive, folders included.
    """

    max_bytes: int = 2 * GIB
    max_ratio: int = 100
    max_members: int = 10_000

    def require_file(self, name: str, size: int) -> None:
        """Refuse a file of more bytes than allowed.

        Raises:
            DownloadError: it is larger.
        """
        if size > self.max_bytes:
            raise DownloadError(
                f"{name} is larger than the {self.max_bytes / GIB:g} GiB that are allowed; if that "
                "is right, raise the limit with --max-size."
            )

    def require_unpacked(self, name: str, packed: int, unpacked: int) -> None:
        """Refuse an archive of ``packed`` bytes that unpacks to more bytes than allowed.

        Raises:
            DownloadError: it unpacks to more.
        """
        if unpacked > self.max_bytes:
            raise DownloadError(
                f"{name} unpacks to more than the {self.max_bytes / GIB:g} GiB that are allowed; "
                "nothing of it was unpacked. If that is right, raise the limit with --max-size."
            )
        if unpacked > max(_RATIO_FREE, self.max_ratio * packed):
            raise DownloadError(
                f"{name} unpacks to more than {self.max_ratio} times its size, as no text does; "
                "nothing of it was unpacked. If it is right, unpack it yourself and register the "
                "folder with --from DIR."
            )


LIMITS = Limits()
