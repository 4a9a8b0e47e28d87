"""What frames become, by the name of the output: a film, a GIF or a folder of pictures, each joined of segments."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from render.errors import UserError, nearest
from render.video.frame import Frame
from render.video.gif import Gif
from render.video.mp4 import Chapter, Mp4
from render.video.png import PngFolder
from render.video.subtitles import Cue
from render.video.whole import refuse_unwritable

_SUFFIXES = (".mp4", ".gif")


class Feed(Protocol):
    """Takes frames one after the other."""

    def write(self, frame: Frame) -> None:
        """Append a frame (height, width, 4; uint8 RGBA, top row first); it may then be drawn over."""


class Encoding(Protocol):
    """A kind of output. Segments are encoded by themselves, and joined without being encoded again."""

    @property
    def suffix(self) -> str:
        """What the name of a segment's file ends in."""

    @property
    def settings(self) -> Mapping[str, object]:
        """What a segment's bytes follow from besides its frames, in words and numbers."""

    def check(self, output: Path) -> None:
        """Raise UserError for what this kind cannot hold."""

    def segment(self, path: Path, repeats: Sequence[int]) -> AbstractContextManager[Feed]:
        """Open a segment's file for as many frames as there are `repeats`, how often each is shown.

        It is complete when the block ends well. Raises MachineError when that fails.
        """

    def join(
        self, segments: Sequence[Path], output: Path, chapters: Sequence[Chapter], cues: Sequence[Cue]
    ) -> tuple[Path, ...]:
        """Make the output, at once and whole, of its segments; only an MP4 has chapters and subtitles.

        Returns what was written: the output, and files beside it. Whatever fails, nothing is left behind and an earlier
        output stays as it was. Raises MachineError.
        """


def encoding_for(path: str | os.PathLike[str], size: tuple[int, int], fps: int) -> Encoding:
    """What is to be written to an output, by its name.

    Raises at once what would otherwise show after the rendering. `UserError`: an unknown suffix, a size or frame rate
    that the format cannot hold, a file where a folder should be. `MachineError`: a place that cannot be written.
    """
    encoding = encoding_named(path, size, fps)
    encoding.check(Path(path))
    refuse_unwritable(Path(path))
    return encoding


def encoding_named(path: str | os.PathLike[str], size: tuple[int, int], fps: int) -> Encoding:
    """What the name of an output asks for: `.mp4`, `.gif`, or a folder for PNG frames; `UserError` for others."""
    suffix = output_suffix(path)
    if suffix == ".mp4":
        return Mp4(size, fps)
    return Gif(size, fps) if suffix == ".gif" else PngFolder(size)


def output_suffix(path: str | os.PathLike[str]) -> str:
    """`.mp4`, `.gif`, or an empty string for a folder of frames; `UserError` for any other ending."""
    text, target = os.fspath(path), Path(path)
    suffix = target.suffix.lower()
    if suffix in _SUFFIXES:
        if target.is_dir():
            raise UserError(f"{text} is a folder; give the name of a file to write")
        return suffix
    if not suffix or text.endswith(("/", os.sep)) or target.is_dir():
        return ""
    raise UserError(f"cannot write '{suffix}' files ({text}); {_valid(suffix)}")


def _valid(suffix: str) -> str:
    guess = nearest(suffix, _SUFFIXES).removeprefix("; ")
    return guess if guess.startswith("did") else f"{guess}, or a folder for PNG frames"
