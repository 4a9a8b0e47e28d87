"""Where frames go, by the name of the output: a film, a GIF or a folder of pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from render.errors import UserError, nearest
from render.video.frame import Frame
from render.video.gif import check_gif, gif_writer
from render.video.mp4 import Chapter, check_mp4, mp4_writer
from render.video.png import png_folder_writer
from render.video.subtitles import Cue, check_subtitles
from render.video.whole import refuse_other_files, refuse_unwritable

_SUFFIXES = (".mp4", ".gif")


class Writer(Protocol):
    """Takes frames one after the other."""

    def write(self, frame: Frame, repeat: int = 1) -> None:
        """Append `frame` (height, width, 4; uint8 RGBA, top row first) `repeat` times; it may then be drawn over."""


def open_writer(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    fps: int,
    chapters: Sequence[Chapter] = (),
    cues: Sequence[Cue] = (),
) -> AbstractContextManager[Writer]:
    """Open `path` for writing: `.mp4`, `.gif`, or a folder for PNG frames. Only an MP4 has chapters and subtitles.

    Leaving the block cleanly puts the output in place; leaving it by an exception, Ctrl-C included, leaves nothing
    behind and an earlier output untouched. Raises as `check_output` does, and `MachineError` when encoding fails.
    """
    check_output(path, size, fps)
    match output_suffix(path):
        case ".mp4":
            return mp4_writer(Path(path), size, fps, chapters, cues)
        case ".gif":
            return gif_writer(Path(path), size, fps)
        case _:
            return png_folder_writer(Path(path))


def check_output(path: str | os.PathLike[str], size: tuple[int, int], fps: int) -> None:
    """Raise at once what would otherwise show after the rendering.

    `UserError`: an unknown suffix, a size or frame rate that the format cannot hold, a file where a folder should be.
    `MachineError`: a place that cannot be written.
    """
    target = Path(path)
    suffix = output_suffix(path)
    if suffix == ".mp4":
        check_mp4(size)
        check_subtitles(target)
    elif suffix == ".gif":
        check_gif(fps)
    else:
        refuse_other_files(target)
    refuse_unwritable(target)


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
