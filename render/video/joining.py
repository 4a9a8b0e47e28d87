"""What ffmpeg is told of frames that are shown for longer, and of files behind one another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

UNDECODED = "not on whitelist"
"""What ffmpeg says where it may not decode what it only copies."""


def listed(files: Sequence[Path], *, copied: bool = False) -> str:
    """The demuxer's script: quoted as it wants it, a quote inside as `'\\''`.

    Of files that are only `copied` no frame is decoded, which ffmpeg does to look into each before it joins them.
    """
    option = "option codec_whitelist none\n" if copied else ""
    return "".join("file '{}'\n{}".format(str(file.resolve()).replace("'", r"'\''"), option) for file in files)


def held(repeats: Sequence[int], fps: int) -> str:
    """Filters, each after a comma, that show the frames of a stream as often as `repeats` says.

    They stand behind the conversion of colours: a frame that is held goes through the pipe and is converted once. Every
    frame is put off by as long as those before it are held, `fps` fills the gaps, and `tpad` holds the last one.
    """
    if all(repeat == 1 for repeat in repeats):
        return ""
    later = "".join(f"+{repeat - 1}*gt(N,{k})" for k, repeat in enumerate(repeats[:-1]) if repeat > 1)
    return f",settb=1/{fps},setpts='N{later}',fps={fps},tpad=stop_mode=clone:stop={repeats[-1] - 1}"
