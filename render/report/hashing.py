"""Files by hash: what a film was made from, and what was written."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from render.report.manifest import File

_CHUNK = 1 << 20


def hashed(path: Path, name: str) -> File:
    """A file, or a folder with its files as one, as it is now, under that name. Raises OSError if it cannot be read."""
    made, size = sha256(), 0
    for file in _files(path):
        if path.is_dir():
            made.update(f"{file.name}\n".encode())
        for chunk in _chunks(file):
            made.update(chunk)
            size += len(chunk)
    return File(name=name, size=size, sha256=made.hexdigest())


def is_as_written(path: Path, written: File) -> bool:
    """Whether a file or folder is still the one that was recorded. Its size tells most that are not, and at no cost."""
    if sum(file.stat().st_size for file in _files(path)) != written.size:
        return False
    return hashed(path, written.name) == written


def _files(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
