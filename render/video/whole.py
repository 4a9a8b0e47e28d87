"""Files and folders that appear only when they are whole: written beside their place, then renamed."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from render.errors import MachineError, UserError

_NUMBERED_FRAME = re.compile(r"\d{5,}\.png")


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the file system refuses inside the block into a `MachineError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a file name to write to; that file takes the place of `path` when the block ends well.

    The name lies in a hidden folder beside `path`, which is the block's own for whatever else it needs on the way.
    When the block raises, the folder is removed and an earlier `path` stays as it was. Raises `MachineError` where the
    file system refuses.
    """
    target = path.resolve()
    with _folder_beside(target) as scratch:
        part = scratch / target.name
        yield part
        with telling(path):
            part.replace(target)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it takes the place of `path` when the block ends well.

    An earlier folder is replaced only if it holds nothing but numbered PNG frames (`UserError` otherwise).
    """
    refuse_other_files(path)
    target = path.resolve()
    with _folder_beside(target) as scratch:
        part, earlier = scratch / "new", scratch / "earlier"
        with telling(path):
            part.mkdir()
        yield part
        refuse_other_files(path)
        try:
            with telling(path):
                if target.exists():
                    target.rename(earlier)
                part.rename(target)
        finally:
            if earlier.exists() and not target.exists():
                earlier.rename(target)


def refuse_other_files(folder: Path) -> None:
    """Raise `UserError` if `folder` is a file, or holds anything but the numbered PNG frames of an earlier run."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UserError(f"{folder} is a file; give a name that ends in .mp4 or .gif, or a folder for PNG frames")
    if strange := _strange(folder):
        raise UserError(
            f"{folder} holds other files ({strange[0]}) and would be replaced; give a new folder for the PNG frames"
        )


def holds_frames(folder: Path) -> bool:
    """Whether a folder is one of numbered PNG frames."""
    return folder.is_dir() and any(folder.iterdir()) and not _strange(folder)


def _strange(folder: Path) -> list[str]:
    """What lies in a folder besides numbered PNG frames."""
    return sorted(item.name for item in folder.iterdir() if not _NUMBERED_FRAME.fullmatch(item.name))


def refuse_unwritable(path: Path) -> None:
    """Raise if `path` could not be made later: its nearest existing ancestor is a file, or takes no new file."""
    ancestor = next(folder for folder in path.resolve().parents if folder.exists())
    if not ancestor.is_dir():
        raise UserError(f"cannot write {path}: {ancestor} is a file, not a folder")
    with telling(path), tempfile.TemporaryFile(dir=ancestor):
        pass


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A hidden folder on the same disk as `target`, so that a rename moves no data; gone after the block."""
    folder = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with telling(target):
            folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
