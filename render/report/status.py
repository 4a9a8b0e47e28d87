"""Whether an output is still what rendering its scene again would give, and what has changed if it is not.

Nothing is rendered: the manifest that lies beside the output is compared with the one that would be written now. The
hashes of beats decide. That a script has other bytes, or a model other weights, is told where it explains why beats
changed, and by itself makes nothing stale: a comment in a script is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from render.errors import UserError
from render.report.changes import Change, changes
from render.report.hashing import is_as_written
from render.report.manifest import Manifest, manifest_path, read_manifest

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


def status(output: Path, now: Manifest) -> Status:
    """Compare an output and its manifest with the manifest that it would have if it were rendered now."""
    if not output.exists():
        return Status(output, ("not rendered yet",))
    if not manifest_path(output).exists():
        return Status(output, ("it has no manifest",))
    try:
        before = read_manifest(manifest_path(output))
    except UserError as error:
        return Status(output, (str(error),))
    reasons = [*_of_files(output, before), *_of_making(before, now)]
    # Of another part of the film there are other beats, and that says nothing of any one.
    beats = tuple(changes(before.beats, now.beats)) if before.settings.span == now.settings.span else ()
    # Where all beats are made in another way, the keys of all differ, and that says no more of any one.
    told = beats if not reasons else tuple(change for change in beats if change.kind != "changed" or change.is_told)
    reasons += _of_beats(told)
    if beats:
        reasons += _behind(before, now)
    return Status(output, tuple(reasons))


def _of_files(output: Path, before: Manifest) -> Iterator[str]:
    """What is missing beside the output, or is not as it was written."""
    for written in before.files:
        path = output.with_name(written.name)
        if not path.exists():
            yield f"{written.name} is missing"
        elif not is_as_written(path, written):
            yield f"{written.name} is not as it was rendered"


def _of_making(before: Manifest, now: Manifest) -> Iterator[str]:
    for name, old, new in before.made_otherwise(now):
        yield f"{name} {old} -> {new}"
    if before.title != now.title:
        yield f"title “{before.title}” -> “{now.title}”"


def _of_beats(found: tuple[Change, ...]) -> Iterator[str]:
    yield from map(str, found[:MOST_BEATS])
    if len(found) > MOST_BEATS:
        yield f"and {len(found) - MOST_BEATS} more beats"


def _behind(before: Manifest, now: Manifest) -> Iterator[str]:
    """What is no longer as it was of that which the beats are made from."""
    scripts = {script.name: script.sha256 for script in before.scripts}
    for script in now.scripts:
        if scripts.get(script.name) not in (None, script.sha256):
            yield f"script {script.name} changed"
    known = {(reading.part, reading.role): reading for reading in before.models}
    for reading in now.models:
        old = known.get((reading.part, reading.role), reading)
        if old.model != reading.model:
            yield f"model {old.model} -> {reading.model}"
        elif old.contents != reading.contents:
            yield f"model {reading.model} changed"
        if old.text != reading.text:
            yield f"prompt “{old.text}” -> “{reading.text}”"
