"""The files of a model that a script names by its path, as they travel to machines that do not see them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from render.errors import MachineError
from render.model import BUILT_IN
from render.model.checkpoint import read_checkpoint
from render.model.lineage import SIZE, hashed
from render.programme import Programme
from render.scene.role import Role

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Parcel:
    """A checkpoint: where it lies here, and what is in its files.

    path:    what names it, absolute
    folder:  where its files are
    digests: a hash of every file's bytes, by its name
    """

    path: Path
    folder: Path
    digests: Mapping[str, bytes]

    @property
    def place(self) -> Path:
        """Where its files are among those that were sent: under the hash of all of it.

        The folder keeps its name, which a model may be called by.
        """
        told = [part for name, digest in sorted(self.digests.items()) for part in (name.encode(), digest)]
        return Path(hashed(self.folder.name.encode(), *told).hex(), self.folder.name)

    @property
    def n_bytes(self) -> int:
        return sum((self.folder / name).stat().st_size for name in self.digests)

    def is_in(self, folder: Path) -> bool:
        """Whether the very same files are in a folder, of this machine or another."""
        return all(
            (folder / name).is_file() and _digest(folder / name) == digest for name, digest in self.digests.items()
        )

    def at(self, folder: Path) -> Path:
        """What names it when its files are in that folder."""
        return folder if self.path == self.folder else folder / self.path.name

    def contents(self) -> dict[str, bytes]:
        """All its files. Raises OSError where one is not there any more."""
        return {name: (self.folder / name).read_bytes() for name in self.digests}

    def lay(self, contents: Mapping[str, bytes], among: Path) -> None:
        """Put its files, whole or not at all, into their place in `among`. Raises MachineError where that fails."""
        place = among / self.place
        if place.exists():
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=among) as passing:
                part = Path(passing, "part")
                part.mkdir()
                for name, data in contents.items():
                    (part / name).write_bytes(data)
                if not self.is_in(part):
                    raise MachineError(f"the files of {self.path} have changed on their way")
                shutil.move(part, place)
        except OSError as error:
            raise MachineError(f"{among} cannot take the files of {self.path}: {error.strerror or error}") from error


def parcel_of(path: str) -> Parcel:
    """The checkpoint at a path, all of its files read. Raises UserError as `read_checkpoint`."""
    named = Path(os.path.abspath(path))
    files = read_checkpoint(named).files
    # A folder's model is called by the name that it has where links lead to.
    folder = named.resolve() if named.is_dir() else named.parent
    return Parcel(folder if named.is_dir() else named, folder, {file.name: _digest(file) for file in files})


def parcels_of(programme: Programme) -> dict[str, Parcel]:
    """The checkpoints that a film reads from files, by the paths that its scripts say. Raises as `parcel_of`."""
    named = {str(role.model) for role in roles(programme) if isinstance(role.model, str)}
    return {path: parcel_of(path) for path in sorted(named) if path not in BUILT_IN}


def roles(programme: Programme) -> Iterator[Role]:
    """Who plays in a film's parts."""
    for part in programme.parts:
        yield part
        yield from part.cast.values()


def with_models_at(programme: Programme, places: Mapping[str, Path]) -> Programme:
    """The same film, with its models read from other places: by the paths that its scripts say."""

    def own(role: Role) -> dict[str, object]:
        moved = isinstance(role.model, str) and role.model in places
        return {"model": str(places[str(role.model)])} if moved else {}

    def cast(part: Mapping[str, Role]) -> dict[str, Role]:
        return {name: role.model_copy(update=own(role)) for name, role in part.items()}

    parts = tuple(part.model_copy(update={**own(part), "cast": cast(part.cast)}) for part in programme.parts)
    return Programme(programme.scene, parts)


def _digest(file: Path) -> bytes:
    made = blake2b(digest_size=SIZE)
    with open(file, "rb") as data:
        while block := data.read(_BLOCK):
            made.update(block)
    return made.digest()
