"""Frames to an MP4 that plays everywhere: H.264, yuv420p, BT.709, exact size, chapters, subtitles, ready to stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from render.errors import UserError
from render.video.ffmpeg import FrameFeed
from render.video.subtitles import Cue, ass, subtitle_files
from render.video.whole import telling, whole_file

Chapter = tuple[str, float, float]
"""Title, start and end in seconds."""

# ffmpeg's own default is untagged BT.601, which players show with wrong reds.
_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
)
# On flat pictures with much motion veryfast makes files as small as medium at the same crf in 40 % of the time.
# The number of threads is written into the stream: a fixed one keeps the bytes the same on every machine.
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "4", "-flags:v", "+bitexact"]

_TRACK = ["-map", "2:s", "-c:s", "mov_text", "-flags:s", "+bitexact", "-metadata:s:s:0", "language=eng"]


def check_mp4(size: tuple[int, int]) -> None:
    """Raise `UserError` for a size that 4:2:0 colour cannot hold."""
    width, height = size
    if width % 2 or height % 2:
        even = f"{max(2, width - width % 2)}x{max(2, height - height % 2)}"
        raise UserError(f"an MP4 needs an even width and height, not {width}x{height}; the nearest size is {even}")


@contextmanager
def mp4_writer(
    path: Path,
    size: tuple[int, int],
    fps: int,
    chapters: Sequence[Chapter] = (),
    cues: Sequence[Cue] = (),
    crf: int = 18,
) -> Iterator[FrameFeed]:
    """Open an MP4 for writing: `with mp4_writer(path, (1920, 1080), 30) as film: film.write(frame)`.

    `cues` become a track of subtitles that a player can show, and an .srt and a .vtt beside the film.

    `size` is (width, height), both even; `crf` is x264's quality, lower is better (16 to 18 look clean on flat
    pictures). Every chapter starts with a key frame, so players jump to it exactly. Equal frames give equal bytes.
    """
    check_mp4(size)
    with whole_file(path) as part, subtitle_files(path, cues):
        marks, words = part.with_name("chapters.txt"), part.with_name("subtitles.ass")
        with telling(path):
            marks.write_text(chapter_metadata(chapters), encoding="utf-8")
            words.write_text(ass(cues), encoding="utf-8")
        arguments = ["-f", "ffmetadata", "-i", str(marks), "-f", "ass", "-i", str(words)]
        arguments += ["-map", "0:v", "-map_chapters", "1", "-vf", _BT709]
        arguments += [*_H264, "-crf", str(crf), "-force_key_frames", "chapters", *(_TRACK if cues else ())]
        arguments += ["-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", str(part)]
        with FrameFeed(arguments, path, size, fps) as film:
            yield film


def chapter_metadata(chapters: Sequence[Chapter]) -> str:
    """The chapters in ffmpeg's FFMETADATA1 format."""
    lines = [";FFMETADATA1"]
    for title, start, end in chapters:
        escaped = "".join(f"\\{letter}" if letter in "=;#\\\n" else letter for letter in title)
        span = [f"START={round(start * 1000)}", f"END={round(end * 1000)}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *span, f"title={escaped}"]
    return "\n".join(lines) + "\n"
