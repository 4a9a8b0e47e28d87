"""Frames to a GIF with a palette of its own, made from what moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from render.errors import UserError
from render.video import ffmpeg
from render.video.joining import held, listed
from render.video.mp4 import Chapter
from render.video.subtitles import Cue
from render.video.whole import telling, whole_file

MAX_FPS = 50

_LOSSLESS = ["-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0", "-threads", "1", "-fflags", "+bitexact"]


@dataclass(frozen=True)
class Gif:
    """A GIF of frames of one size (width, height), `fps` at most 50; it loops.

    The palette is known only after the last frame, so segments are lossless, and memory stays flat however long it is.
    """

    size: tuple[int, int]
    fps: int

    suffix = ".mkv"

    @property
    def settings(self) -> Mapping[str, object]:
        """What a segment's bytes follow from besides its frames."""
        return {"kind": "gif", "size": self.size, "fps": self.fps, "arguments": _LOSSLESS}

    def check(self, output: Path) -> None:
        """Raise `UserError` for more frames a second than a GIF can show (it counts in hundredths of a second)."""
        if self.fps > MAX_FPS:
            raise UserError(
                f"a GIF shows {MAX_FPS} frames a second at most, not {self.fps}; use fps {MAX_FPS} or an .mp4"
            )

    @contextmanager
    def segment(self, path: Path, repeats: Sequence[int]) -> Iterator[ffmpeg.FrameFeed]:
        """Open a segment's file for as many frames as there are `repeats`, how often each is shown."""
        arguments = ["-vf", f"null{held(repeats, self.fps)}", *_LOSSLESS, "-f", "matroska", str(path)]
        with ffmpeg.FrameFeed(arguments, path, self.size, self.fps) as feed:
            yield feed

    def join(
        self, segments: Sequence[Path], output: Path, chapters: Sequence[Chapter], cues: Sequence[Cue]
    ) -> tuple[Path, ...]:
        """Make a palette of all segments, and a GIF with it. It has no chapters, and no words but those drawn."""
        with whole_file(output) as part:
            files, palette = part.with_name("files.txt"), part.with_name("palette.png")
            with telling(output):
                files.write_text(listed(segments), encoding="utf-8")
            frames = ["-f", "concat", "-safe", "0", "-i", str(files)]
            colours = ["-vf", "palettegen=stats_mode=diff", "-frames:v", "1", "-update", "1", str(palette)]
            ffmpeg.run([*frames, *colours], output)
            dither = ["-i", str(palette), "-filter_complex", "[0][1]paletteuse=diff_mode=rectangle"]
            ffmpeg.run([*frames, *dither, "-loop", "0", "-f", "gif", str(part)], output)
        return (output,)
