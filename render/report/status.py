"""Whether an output is still what rendering its scene again would give, and what has changed if it is not.

Nothing is rendered: the hashes of beats that the manifest holds are compared with those of the film as it is now. They
decide. That a script has other bytes, or a file of weights another date, is told where it explains why beats changed,
and by itself makes nothing stale: a comment in a script is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from render.errors import UserError
from render.film import Film
from render.report.changes import Change, changes
from render.report.hashing import is_as_written
from render.report.manifest import Manifest, manifest_path, read_manifest
from render.report.record import (
    Span,
    beats_of,
    outputs,
    readings_of,
    script_file,
    scripts_of,
    settings_of,
    title_of,
)

MOST_BEATS = 6
"""How many changed beats are named."""


@dataclass(frozen=True)
class Status:
    """What is to say of an output. reasons: why it is stale, in words; none where it is up to date."""

    output: Path
    reasons: tuple[str, ...]

    @property
    def is_up_to_date(self) -> bool:
        return not self.reasons

    def __str__(self) -> str:
        """One line: `output/sort.mp4  stale: beat 'welcome' changed (its words); vtk 9.7.2 -> 9.8.0`."""
        return f"{self.output}  {'stale: ' + '; '.join(self.reasons) if self.reasons else 'up to date'}"


def status(
    film: Film, output: Path, versions: Mapping[str, str], keys: Mapping[str, str], span: Span | None = None
) -> Status:
    """Compare an output and its manifest with the film as it is now.

    versions, keys, span: as `write_manifest` takes them
    """
    if not output.exists():
        return Status(output, ("not rendered yet",))
    try:
        manifest = read_manifest(manifest_path(output))
    except UserError as error:
        return Status(output, (str(error) if manifest_path(output).exists() else "it has no manifest",))
    reasons = [*_of_files(film, output, manifest, span), *_of_making(film, manifest, versions, span)]
    beats: tuple[Change, ...] = ()
    if manifest.settings.span == settings_of(film, span).span:
        beats = tuple(changes(manifest.beats, beats_of(film, keys, span)))
    # Where all beats are made in another way, the keys of all differ, and that says no more of any one.
    told = beats if not reasons else tuple(change for change in beats if change.kind != "changed" or change.is_told)
    reasons += _of_beats(told)
    if beats:
        reasons += _behind(film, output, manifest)
    return Status(output, tuple(reasons))


def _of_files(film: Film, output: Path, manifest: Manifest, span: Span | None) -> Iterator[str]:
    """What is missing beside the output, or is not as it was written."""
    for written in manifest.files:
        path = output.with_name(written.name)
        if not path.exists():
            yield f"{written.name} is missing"
        elif not is_as_written(path, written):
            yield f"{written.name} is not as it was rendered"
    known = {written.name for written in manifest.files}
    yield from (f"{path.name} is missing" for path in outputs(film, output, span) if path.name not in known)


def _of_making(film: Film, manifest: Manifest, versions: Mapping[str, str], span: Span | None) -> Iterator[str]:
    before, after = manifest.settings.model_dump(), settings_of(film, span).model_dump()
    yield from (
        f"{name} {_said(before[name])} -> {_said(after[name])}" for name in before if before[name] != after[name]
    )
    if manifest.title != title_of(film):
        yield f"title “{manifest.title}” -> “{title_of(film)}”"
    for name in dict.fromkeys([*manifest.versions, *versions]):
        old, new = manifest.versions.get(name, "none"), versions.get(name, "none")
        if old != new:
            yield f"{name} {old} -> {new}"


def _said(setting: object) -> str:
    if setting is None:
        return "all"
    return " to ".join(f"{t:g}s" for t in setting) if isinstance(setting, tuple) else str(setting)


def _of_beats(found: tuple[Change, ...]) -> Iterator[str]:
    yield from map(str, found[:MOST_BEATS])
    if len(found) > MOST_BEATS:
        yield f"and {len(found) - MOST_BEATS} more beats"


def _behind(film: Film, output: Path, manifest: Manifest) -> Iterator[str]:
    """What is no longer as it was of that which the beats are made from."""
    before = {script.name: script.sha256 for script in manifest.scripts}
    for script in (script_file(file, output.parent) for file in scripts_of(film.scene)):
        if before.get(script.name) not in (None, script.sha256):
            yield f"script {script.name} changed"
    known = {(reading.part, reading.role): reading for reading in manifest.models}
    for reading in readings_of(film):
        old = known.get((reading.part, reading.role), reading)
        if old.model != reading.model:
            yield f"model {old.model} -> {reading.model}"
        elif old.fingerprint != reading.fingerprint:
            yield f"model {reading.model} changed"
        if old.text != reading.text:
            yield f"prompt “{old.text}” -> “{reading.text}”"
