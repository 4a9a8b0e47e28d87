"""What is made once and kept from run to run, on the disk: finished segments of films, coarse levels of models.

An entry is a file named by a hash of all that it was made from, so nothing in here is ever out of date. It appears
whole or not at all, and what is read is compared with the checksum that was written with it: a damaged entry is made
again. Several runs may use one cache at once. The entries that nobody has used for longest go first when it is larger
than it may be.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import platformdirs

from render.errors import MachineError

SIZE = 5 * 10**9
"""How many bytes a cache may hold unless somebody says otherwise."""

VARIABLE = "RENDER_CACHE"
"""The environment variable that names the folder."""

_DIGEST = 32
_PART, _ABANDONED = ".part", 60.0
"""What ends the names of files that are being written, and after how many seconds without a change nobody does."""

_WORKSPACE, _LOCK = ".work-", "lock"

_KINDS = ("segments", "levels")
_HEAD = 2
"""How many letters of an entry's name its folder has: so no folder holds more than some thousands."""


@dataclass(frozen=True)
class Cache:
    """A folder of entries, and how many bytes they may be together."""

    folder: Path
    size: int = SIZE

    @classmethod
    def usual(cls, size: int = SIZE) -> Cache:
        """The one that `RENDER_CACHE` names, or else the platform's folder for it."""
        return cls(Path(os.environ.get(VARIABLE) or platformdirs.user_cache_dir("render")), size)

    def path(self, kind: str, name: str) -> Path:
        """Where an entry lies, or would; `kind` is a folder of the cache."""
        return self.folder / kind / name[:_HEAD] / name

    # --- single entries -----------------------------------------------------------------------------------------

    def read(self, kind: str, name: str) -> bytes | None:
        """The bytes of an entry, which has then been used; None where there is none, or one that is damaged."""
        path = self.path(kind, name)
        try:
            whole = path.read_bytes()
        except OSError:
            return None
        data, checksum = whole[:-_DIGEST], whole[-_DIGEST:]
        if len(whole) < _DIGEST or _checksum(data) != checksum:
            return None
        self.touch(path)
        return data

    def keep(self, kind: str, name: str, data: bytes) -> None:
        """Write an entry, checksum last. Raises MachineError, and leaves nothing behind, where the disk refuses."""
        with self.writing(kind, name) as part, open(part, "wb") as file:
            file.write(data)
            file.write(_checksum(data))

    @contextmanager
    def writing(self, kind: str, name: str) -> Iterator[Path]:
        """A file to write; it becomes the entry, as it is, when the block ends well, and is gone otherwise.

        Raises MachineError where the disk refuses.
        """
        path = self.path(kind, name)
        with self.telling():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(prefix=".", suffix=_PART, dir=path.parent)
            os.close(handle)
            try:
                yield Path(part)
                with open(part, "rb") as file:
                    os.fsync(file.fileno())
                os.replace(part, path)
            finally:
                with suppress(OSError):
                    os.unlink(part)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the disk refuses inside the block into a MachineError that names the cache."""
        try:
            yield
        except OSError as error:
            raise MachineError(
                f"the cache {self.folder} cannot be written: {error.strerror or error}; what is finished stays. Free "
                "some space, or choose another folder with --cache"
            ) from error

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """An empty folder on the cache's disk, gone after the block; of a run that was killed, with the next `trim`."""
        with self.telling():
            self.folder.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=_WORKSPACE, dir=self.folder))
        try:
            with open(folder / _LOCK, "wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def touch(path: Path) -> None:
        """Note that an entry has been used now."""
        with suppress(OSError):
            os.utime(path)

    # --- all of them --------------------------------------------------------------------------------------------

    def entries(self) -> list[tuple[Path, os.stat_result]]:
        """Every entry and what the file system says of it, those used last at the end."""
        found = []
        for kind in _KINDS:
            for path in (self.folder / kind).glob("*/*"):
                with suppress(OSError):
                    if path.suffix != _PART:
                        found.append((path, path.stat()))
        return sorted(found, key=lambda entry: (entry[1].st_mtime_ns, entry[0]))

    def trim(self, spared: Collection[str] = ()) -> None:
        """Let the entries used least recently go until the rest fit; those named in `spared` stay.

        What runs that were killed have left half-written goes as well.
        """
        self._sweep()
        entries = self.entries()
        held = sum(stat.st_size for _, stat in entries)
        for path, stat in entries:
            if held <= self.size:
                break
            if path.name not in spared:
                path.unlink(missing_ok=True)
                held -= stat.st_size

    def _sweep(self) -> None:
        """Remove what runs that are no more have left: half-written files, and workspaces whose locks nobody holds."""
        since = time.time() - _ABANDONED
        for part in self.folder.glob(f"*/*/*{_PART}"):
            with suppress(OSError):
                if part.stat().st_mtime < since:
                    part.unlink()
        for folder in self.folder.glob(f"{_WORKSPACE}*"):
            with suppress(OSError):
                if folder.stat().st_mtime > since:  # its owner may not have locked it yet
                    continue
                with open(folder / _LOCK, "ab") as lock:  # one that was killed early has none
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Remove every entry, and what runs that were killed have left. Raises MachineError where the disk refuses.

        Folders stay, and what runs have half-written that are not over: they go on, and may need both.
        """
        self._sweep()
        with self.telling():
            for path, _ in self.entries():
                path.unlink(missing_ok=True)


@contextmanager
def passing_cache() -> Iterator[Cache]:
    """A cache that is gone after the block: for whoever wants nothing kept."""
    with tempfile.TemporaryDirectory(prefix="render-") as folder:
        yield Cache(Path(folder))


def _checksum(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST).digest()
