"""The record beside each output: what it was made from, by which versions, and what its beats show and say.

It lies beside the film as FILM.mp4.manifest.json. That of a folder of frames lies beside the folder, which is replaced
as a whole and may hold frames only. The ending of its own lets a folder of films be read without opening every JSON
file in it, and keeps the record apart from what people call their files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from render.errors import UserError
from render.video.whole import telling, whole_file

SUFFIX = ".manifest.json"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Record):
    """A file, or a folder of them as one. name: of an output its own; of a script its path from the manifest's folder.

    sha256: of the bytes; of a folder that of all names and bytes, in the order of the names
    """

    name: str
    size: int
    sha256: str


class Settings(_Record):
    """How the film was made. size: WIDTHxHEIGHT; span: the seconds of it that were rendered, None for all of it."""

    size: str
    fps: int
    theme: str
    captions: str
    span: tuple[float, float] | None = None

    @property
    def told(self) -> dict[str, str]:
        """By name, in words."""
        part = "all of it" if self.span is None else f"{self.span[0]:g} s to {self.span[1]:g} s"
        return {"size": self.size, "fps": str(self.fps), "theme": self.theme, "captions": self.captions, "part": part}


class Reading(_Record):
    """A model that plays in a part of the film, and what it reads.

    part:     the script's name where the film is made of several; empty otherwise
    role:     its name in the cast; empty for the script's own model
    contents: a hash of its weights and its shape
    text:     the prompt, or the ids of the tokens; empty for a model without weights
    """

    part: str
    role: str
    model: str
    contents: str
    text: str


class Beat(_Record):
    """What a beat shows and says. Times are seconds of the film.

    telling: the moment that shows best what it is about
    key:     a hash of all that its pictures follow from
    words:   the narration, page by page, without markup
    numbers: what is said and shown, each with what it is of
    """

    number: int
    name: str
    start: float
    end: float
    telling: float
    key: str
    words: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]


class Manifest(_Record):
    """manifest: the version of its form; files: the output first, and what was written beside it."""

    manifest: Literal[1] = 1
    film: str
    title: str
    settings: Settings
    versions: dict[str, str]
    scripts: tuple[File, ...]
    models: tuple[Reading, ...]
    files: tuple[File, ...] = ()
    beats: tuple[Beat, ...]

    def made_otherwise(self, now: Manifest) -> Iterator[tuple[str, str, str]]:
        """Settings and versions that are not what they were: which, before and now."""
        old, new = ({**own.settings.told, **own.versions} for own in (self, now))
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                yield name, old.get(name, "none"), new.get(name, "none")


def manifest_path(output: Path) -> Path:
    """Where the manifest of an output lies."""
    return output.with_name(output.name + SUFFIX)


def read_manifest(path: Path) -> Manifest:
    """Raises UserError, naming the file, for one that is missing, damaged, or no manifest."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"there is no manifest {path}; rendering writes it") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        why = f"{where}: {first['msg']}" if where else first["msg"]
        message = f"{path} is damaged, or no manifest of this version ({why}); render the film again to replace it"
        raise UserError(message) from None


def store_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest; it appears whole or not at all. Raises MachineError where the file system refuses."""
    with whole_file(path) as part, telling(path):
        part.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
