"""Frames to an MP4 that plays everywhere: H.264, yuv420p, BT.709, exact size, chapters, subtitles, ready to stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from render.errors import UserError
from render.video import ffmpeg
from render.video.joining import held, listed
from render.video.subtitles import Cue, ass, check_subtitles, subtitle_files
from render.video.whole import telling, whole_file

Chapter = tuple[str, float, float]
"""Title, start and end in seconds."""

# ffmpeg's own default is untagged BT.601, which players show with wrong reds.
_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
)
# On flat pictures with much motion veryfast makes files as small as medium at the same crf in 40 % of the time. One
# thread, because segments are made side by side: it takes the least time and memory in all, and its bytes are the same
# on every machine. Without frames that read later ones, a sixth more bytes, what is shown next is stored next: segments
# stand behind one another without a gap in time, however short they are.
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-threads", "1", "-flags:v", "+bitexact"]

_TRACK = ["-map", "2:s", "-c:s", "mov_text", "-flags:s", "+bitexact", "-metadata:s:s:0", "language=eng"]


@dataclass(frozen=True)
class Mp4:
    """An MP4 of frames of one size (width, height), both even; `crf` is x264's quality, lower is better (16 to 18 look
    clean on flat pictures). Equal frames give equal bytes."""

    size: tuple[int, int]
    fps: int
    crf: int = 18

    suffix = ".mp4"

    @property
    def settings(self) -> Mapping[str, object]:
        """What a segment's bytes follow from besides its frames."""
        return {"kind": "mp4", "size": self.size, "fps": self.fps, "filter": _BT709, "arguments": self._arguments}

    @property
    def _arguments(self) -> list[str]:
        return [*_H264, "-crf", str(self.crf), "-fflags", "+bitexact", "-f", "mp4"]

    def check(self, output: Path) -> None:
        """Raise `UserError` for a size that 4:2:0 colour cannot hold, and where subtitles cannot go."""
        width, height = self.size
        if width % 2 or height % 2:
            even = f"{max(2, width - width % 2)}x{max(2, height - height % 2)}"
            raise UserError(f"an MP4 needs an even width and height, not {width}x{height}; the nearest size is {even}")
        check_subtitles(output)

    @contextmanager
    def segment(self, path: Path, repeats: Sequence[int]) -> Iterator[ffmpeg.FrameFeed]:
        """Open a segment's file for as many frames as there are `repeats`, how often each is shown.

        `with mp4.segment(path, [1, 30]) as film: film.write(first); film.write(held)`
        """
        arguments = ["-vf", f"{_BT709}{held(repeats, self.fps)}", *self._arguments, str(path)]
        with ffmpeg.FrameFeed(arguments, path, self.size, self.fps) as feed:
            yield feed

    def join(
        self, segments: Sequence[Path], output: Path, chapters: Sequence[Chapter], cues: Sequence[Cue]
    ) -> tuple[Path, ...]:
        """Put segments behind one another, as they are.

        Chapters start with segments, and so with key frames: players jump to them exactly. `cues` become a track of
        subtitles that a player can show, and an .srt and a .vtt beside the film.
        """
        with whole_file(output) as part, subtitle_files(output, cues) as beside:
            files, marks, words = (part.with_name(name) for name in ("files.txt", "chapters.txt", "subtitles.ass"))
            with telling(output):
                files.write_text(listed(segments, copied=True), encoding="utf-8")
                marks.write_text(chapter_metadata(chapters), encoding="utf-8")
                words.write_text(ass(cues), encoding="utf-8")
            arguments = ["-f", "concat", "-safe", "0", "-i", str(files)]
            arguments += ["-f", "ffmetadata", "-i", str(marks), "-f", "ass", "-i", str(words)]
            arguments += ["-map", "0:v", "-map_chapters", "1", "-c:v", "copy", *(_TRACK if cues else ())]
            arguments += ["-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", str(part)]
            ffmpeg.run(arguments, output)
        return (output, *beside)


def chapter_metadata(chapters: Sequence[Chapter]) -> str:
    """The chapters in ffmpeg's FFMETADATA1 format."""
    lines = [";FFMETADATA1"]
    for title, start, end in chapters:
        escaped = "".join(f"\\{letter}" if letter in "=;#\\\n" else letter for letter in title)
        span = [f"START={round(start * 1000)}", f"END={round(end * 1000)}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *span, f"title={escaped}"]
    return "\n".join(lines) + "\n"
