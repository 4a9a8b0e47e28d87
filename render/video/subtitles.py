"""Narration as subtitles: SRT and WebVTT beside a film, and the script of the track inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from render.errors import UserError
from render.video.whole import telling, whole_file

_SUFFIXES = (".srt", ".vtt")
_WORD_JOINER = "\u2060"
# The style is ffmpeg's own default; without one the words come out black and of no size.
_ASS = """\
[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BorderStyle, Outline, Alignment
Style: Default,Arial,16,&Hffffff,&H0,1,1,2
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


class Cue(NamedTuple):
    """Words, and when they stand, in seconds of the film."""

    text: str
    start: float
    end: float


@contextmanager
def subtitle_files(film: Path, cues: Sequence[Cue]) -> Iterator[tuple[Path, ...]]:
    """Write `cues` as an .srt and a .vtt beside `film`; they appear when the block ends well.

    Yields their paths. No cues, no files.
    """
    if not cues:
        yield ()
        return
    beside = film.with_suffix(".srt"), film.with_suffix(".vtt")
    with whole_file(beside[0]) as as_srt, whole_file(beside[1]) as as_vtt:
        with telling(beside[0]):
            as_srt.write_text(srt(cues), encoding="utf-8")
        with telling(beside[1]):
            as_vtt.write_text(vtt(cues), encoding="utf-8")
        yield beside


def check_subtitles(film: Path) -> None:
    """Raise `UserError` where a folder lies in the place of a subtitle file."""
    for path in map(film.with_suffix, _SUFFIXES):
        if path.is_dir():
            raise UserError(f"{path} is a folder, and the film's subtitles go there; choose another name for the film")


def srt(cues: Sequence[Cue]) -> str:
    """SubRip. It has no way to escape anything, so the words stand as they are, each cue on one line."""
    blocks = [
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_one_line(cue.text)}\n"
        for number, cue in enumerate(cues, start=1)
    ]
    return "\n".join(blocks)


def vtt(cues: Sequence[Cue]) -> str:
    """WebVTT (W3C)."""
    blocks = ["WEBVTT\n"]
    for cue in cues:
        words = _one_line(cue.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{words}\n")
    return "\n".join(blocks)


def ass(cues: Sequence[Cue]) -> str:
    """Advanced SubStation, for ffmpeg to make a track of: of all that it reads, this alone keeps `<`, `&` and `{`.

    Times are in hundredths of a second. A backslash begins an order there, unless invisible joiners stand around it.
    """
    lines = []
    for cue in cues:
        words = _one_line(cue.text).replace("\\", f"{_WORD_JOINER}\\{_WORD_JOINER}")
        start, end = (_clock(round(time, 2), ".")[:-1] for time in (cue.start, cue.end))
        lines.append(f"Dialogue: 0,{start},{end},Default,,0,0,0,,{words}\n")
    return _ASS + "".join(lines)


def _one_line(text: str) -> str:
    """An empty line would end the cue."""
    return " ".join(text.split())


def _clock(seconds: float, point: str) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds // 1000:02d}{point}{milliseconds % 1000:03d}"
