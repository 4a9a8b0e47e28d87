"""Frames to a GIF with a palette of its own, made from what moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from render.errors import UserError
from render.video import ffmpeg
from render.video.whole import whole_file

MAX_FPS = 50


def check_gif(fps: int) -> None:
    """Raise `UserError` for more frames a second than a GIF can show (it counts in hundredths of a second)."""
    if fps > MAX_FPS:
        raise UserError(f"a GIF shows {MAX_FPS} frames a second at most, not {fps}; use fps {MAX_FPS} or an .mp4")


@contextmanager
def gif_writer(path: Path, size: tuple[int, int], fps: int) -> Iterator[ffmpeg.FrameFeed]:
    """Open a GIF for writing; it loops. `size` is (width, height), `fps` at most 50.

    The palette is known only after the last frame, so the frames go into a lossless file beside the GIF first, and
    memory stays flat however long the clip is.
    """
    check_gif(fps)
    with whole_file(path) as part:
        frames, palette = str(part.with_name("frames.mkv")), str(part.with_name("palette.png"))
        lossless = ["-map", "[frames]", "-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0", frames]
        colours = ["-map", "[palette]", "-frames:v", "1", "-update", "1", palette]
        graph = "split[frames][all];[all]palettegen=stats_mode=diff[palette]"
        with ffmpeg.FrameFeed(["-filter_complex", graph, *lossless, *colours], path, size, fps) as feed:
            yield feed
        dither = ["-filter_complex", "[0][1]paletteuse=diff_mode=rectangle"]
        ffmpeg.run(["-i", frames, "-i", palette, *dither, "-loop", "0", "-f", "gif", str(part)], path)
