"""A film's manifest: what the scenes, the models and the time line say of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from render.errors import UserError
from render.film import Film
from render.overlay.markup import plain
from render.programme import Passage, Reel
from render.report.hashing import hashed
from render.report.manifest import (
    SUFFIX,
    Beat,
    File,
    Manifest,
    Reading,
    Settings,
    manifest_path,
    read_manifest,
    store_manifest,
)
from render.report.numbers import numbers
from render.scene import Scene, load_scene
from render.scene.role import Role
from render.video.writer import output_suffix

Span = tuple[float, float]


def check_manifest(output: Path) -> None:
    """Raise UserError, before anything is rendered, where something that is no manifest lies in its place."""
    path = manifest_path(output)
    if path.exists():
        try:
            read_manifest(path)
        except UserError as error:
            if not path.is_file() or b'"manifest"' not in path.read_bytes()[:64]:
                message = f"{path} is no manifest, and would be replaced; move it, or give another name ending"
                raise UserError(f"{message} than {SUFFIX}") from error


def write_manifest(
    film: Film, output: Path, versions: Mapping[str, str], keys: Mapping[str, str], span: Span | None = None
) -> Path:
    """Write the manifest of a film, or of the `span` of it (seconds), that has been written to `output`.

    versions: of whatever the pictures follow from besides scenes and models, by name
    keys:     by beat name a hash of all that the beat's pictures follow from
    Raises UserError as `check_manifest` does, and MachineError where the file system refuses.
    """
    check_manifest(output)
    path = manifest_path(output)
    files = tuple(hashed(file, file.name) for file in outputs(film, output, span))
    manifest = Manifest(
        film=output.name,
        title=title_of(film),
        settings=settings_of(film, span),
        versions=dict(sorted(versions.items())),
        scripts=tuple(script_file(file, path.parent) for file in scripts_of(film.scene)),
        models=readings_of(film),
        files=files,
        beats=beats_of(film, keys, span),
    )
    store_manifest(path, manifest)
    return path


def title_of(film: Film) -> str:
    return str(film.scene.title) if film.scene.include else film.programme.productions[0].title


def outputs(film: Film, output: Path, span: Span | None) -> list[Path]:
    """What is written for a film: the output, and the subtitles beside an MP4."""
    spoken = output_suffix(output) == ".mp4" and bool(film.cues(span or film.span()))
    return [output, *(output.with_suffix(ending) for ending in (".srt", ".vtt") if spoken)]


def settings_of(film: Film, span: Span | None) -> Settings:
    videos = [production.scene.video for production in film.programme.productions]
    width, height = film.programme.size
    return Settings(
        size=f"{width}x{height}",
        fps=film.programme.fps,
        theme=", ".join(dict.fromkeys(video.theme for video in videos)),
        captions=", ".join(dict.fromkeys(video.captions for video in videos)),
        span=None if span in (None, film.span()) else span,
    )


def scripts_of(scene: Scene) -> list[Path]:
    """The files of a script and of all that it includes, each once, in the order of the film."""
    found = {scene.file.resolve(): scene.file}
    for written in scene.include:
        for file in scripts_of(load_scene(scene.file.parent / written)):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def script_file(file: Path, folder: Path) -> File:
    """A script under its path from the manifest's folder: the same wherever both of them lie."""
    return hashed(file, Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix())


def readings_of(film: Film) -> tuple[Reading, ...]:
    """The models that play, in the order of the film, each with what it reads."""
    return tuple(reading for reel in film.programme.reels for reading in _readings(reel))


def _readings(reel: Reel) -> Iterator[Reading]:
    scene, run = reel.production.scene, reel.production.run
    roles: dict[str, Role] = {"": scene, **scene.cast}
    runs = run.cast or {"": run}
    for name, role in roles.items():
        model = runs[name].model
        text = role.prompt if role.prompt is not None else " ".join(map(str, role.tokens or ()))
        yield Reading(part=reel.name, role=name, model=model.name, fingerprint=model.fingerprint, text=text)


def beats_of(film: Film, keys: Mapping[str, str], span: Span | None) -> tuple[Beat, ...]:
    """The beats that are on in `span`."""
    first, last = span or film.span()
    on = (passage for passage in film.programme.passages if passage.start < last and passage.end > first)
    return tuple(_beat(passage, keys[passage.name]) for passage in on)


def _beat(passage: Passage, key: str) -> Beat:
    return Beat(
        number=passage.number,
        name=passage.name,
        start=round(passage.start, 6),
        end=round(passage.end, 6),
        telling=round(passage.start + passage.telling.t, 6),
        key=key,
        words=tuple(plain(page.text) for page in passage.pages),
        numbers=numbers(passage),
    )
