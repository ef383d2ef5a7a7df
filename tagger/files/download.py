"""Downloads public corpora once, checks their SHA-256, and never leaves an incomplete file."""

import hashlib
import http.client
import logging
import tarfile
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import CorpusError
from .atomic import publishing

log = logging.getLogger(__name__)
CHUNK = 1 << 20  # bytes read at once
SUMS = "SHA256SUMS"  # the file in the folder that notes sums


@dataclass(frozen=True)
class Source:
    """Files below one address, and the SHA-256 that each must have.

    A file whose sum is None is trusted the first time: its sum is logged and noted in SHA256SUMS in the folder, and a
    file of that name that is downloaded to the folder later must have the same sum.
    """

    address: str
    sha256: Mapping[str, str | None]
    timeout: float = 30.0

    def fetch(self, folder: Path) -> None:
        """Downloads the files that `folder` lacks. Raises CorpusError when a file cannot be downloaded, and when its
        SHA-256 is another one."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.missing(folder):
            self._fetch(folder, name)

    def missing(self, folder: Path) -> list[str]:
        """The names of the files that `folder` lacks."""
        return [name for name in self.sha256 if not (folder / name).exists()]

    def _fetch(self, folder: Path, name: str) -> None:
        address = f"{self.address}/{name}"
        digest = hashlib.sha256()
        try:
            with (
                urllib.request.urlopen(address, timeout=self.timeout) as response,
                publishing(folder / name) as partial,
            ):
                with partial.open("wb") as file:
                    while chunk := response.read(CHUNK):
                        digest.update(chunk)
                        file.write(chunk)
                size = response.headers["Content-Length"]  # reading ends early without an error if the connection does
                if size not in (None, str(partial.stat().st_size)):
                    raise OSError(f"got {partial.stat().st_size} of {size} bytes")
                self._check(folder, name, digest.hexdigest())
        except (http.client.HTTPException, OSError) as error:
            raise CorpusError(
                f"{address}: cannot fetch the file ({error}); go online, or put {', '.join(self.sha256)} "
                f"into {folder} by hand and leave data.download=false"
            ) from error

    def _check(self, folder: Path, name: str, got: str) -> None:
        sums = folder / SUMS
        noted = [line.split(maxsplit=1) for line in sums.read_text().splitlines()] if sums.exists() else []
        wanted = self.sha256[name] or next((digest for digest, *file in filter(None, noted) if file == [name]), None)
        if wanted is None:
            log.warning("%s: sha256 %s, not known before; noted in %s", name, got, sums)
            with sums.open("a") as file:
                file.write(f"{got}  {name}\n")
        elif got != wanted:
            raise CorpusError(
                f"{self.address}/{name}: expected sha256 {wanted}, got {got}; the file changed on its way or at its "
                "source: try again, or check the address"
            )


def _extract(archive: tarfile.TarFile, folder: str) -> None:
    """Unpacks files and folders, none outside `folder`. Raises TarError for one that would be."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
        return
    for member in archive:  # Python 3.11.0 to 3.11.3, as Debian 12 has it, knows no filters
        path = Path(folder, member.name).resolve()
        if not path.is_relative_to(Path(folder).resolve()) or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"{member.name!r} is no file or folder in it")
        archive.extract(member, folder)


@dataclass(frozen=True)
class Archive:
    """A tar file that holds one folder: its address, and the SHA-256 that it must have."""

    address: str
    sha256: str | None
    timeout: float = 30.0

    def fetch(self, folder: Path) -> None:
        """Downloads the archive to the parent of `folder` and unpacks `folder` from it, unless it is there.

        `folder` has the name that it has in the archive, and appears as a whole. Raises CorpusError when the archive
        cannot be downloaded or unpacked, and when its SHA-256 is another one.
        """
        if not self.missing(folder):
            return
        base, _, name = self.address.rpartition("/")
        Source(base, {name: self.sha256}, self.timeout).fetch(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tmp-") as temporary:
            try:
                with tarfile.open(folder.parent / name) as archive:
                    _extract(archive, temporary)
                Path(temporary, folder.name).rename(folder)
            except (tarfile.TarError, EOFError, OSError) as error:
                raise CorpusError(
                    f"{folder.parent / name}: expected an archive of {folder.name}, cannot unpack it ({error}); "
                    "remove the file and fetch it again"
                ) from error

    def missing(self, folder: Path) -> list[str]:
        """The name of the folder, unless it is there."""
        return [] if folder.exists() else [folder.name]
