"""What a frame of a real film costs, layer by layer: CPU milliseconds of all threads."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from render.film import load
from render.programme.painter import Painter
from render.video import ffmpeg
from render.video.mp4 import Mp4

FOLLOWING = 8
"""Frames are taken so many in succession, as a film has them. The first of them is not counted: in a film, what it
compiles and fills has been there for long."""


def layer_figures(scene: Path, size: str, n_frames: int = 160) -> dict[str, Any]:
    """Means over some of a film's different frames, at even distances; those of the encoder include key frames."""
    from render.overlay.compositor import Overlay  # imported here: VTK and Skia have to be told of OpenGL before
    from render.stage.stage import Stage
    from render.timeline.timeline import Timeline

    programme = load(scene, size=size).programme
    moments = [moment for moment, _ in groupby(programme.frames())]
    distance = max(FOLLOWING, FOLLOWING * len(moments) // n_frames)
    spent: Counter[str] = Counter()
    layers = (
        ("state", Timeline, "state_of"),
        ("stage", Stage, "draw"),
        ("stage: before GL", Stage, "_stand"),
        ("stage: GL and read back", Stage, "_look"),
        ("overlay", Overlay, "draw"),
    )
    mp4, n_drawn = Mp4(programme.size, programme.fps).settings, 0
    painter = Painter(programme)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as measured:
        film = Path(folder, "film.mp4")
        convert = ["-vf", str(mp4["filter"]), "-threads", "1", "-f", "null", "-"]
        encode = ["-vf", str(mp4["filter"]), *cast(Sequence[str], mp4["arguments"]), str(film)]
        feeds = [Feed(arguments, programme.size, programme.fps) for arguments in (convert, encode)]
        for name, owner, method in layers:
            measured.enter_context(timed(spent, name, owner, method))
        for first in range(0, len(moments) - FOLLOWING + 1, distance):
            before = spent.copy()
            frames = [painter(moments[first])]
            spent.clear()
            spent.update(before)
            frames += [painter(moment) for moment in moments[first + 1 : first + FOLLOWING]]
            n_drawn += len(frames) - 1
            for feed in feeds:
                feed.write(frames)
        converting, encoding = (feed.seconds() for feed in feeds)
    painter.close()
    figures = {f"CPU ms a frame, {name}": 1000 * spent[name] / n_drawn for name, _, _ in layers}
    n_fed = n_drawn * FOLLOWING / (FOLLOWING - 1)
    return {
        "frames": programme.n_frames,
        "different frames": len(moments),
        "different frames drawn": n_drawn,
        **figures,
        "CPU ms a frame, convert": 1000 * converting / n_fed,
        "CPU ms a frame, encode": 1000 * (encoding - converting) / n_fed,
    }


class Feed:
    """An ffmpeg that is handed frames, and asked at the end what it has computed."""

    def __init__(self, arguments: Sequence[str], size: tuple[int, int], fps: int) -> None:
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb0", "-video_size", f"{size[0]}x{size[1]}", "-framerate", str(fps)]
        command = [ffmpeg.executable(), "-v", "error", "-y", *raw, "-i", "pipe:0", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def write(self, frames: Sequence[NDArray[np.uint8]]) -> None:
        assert self._process.stdin is not None
        for frame in frames:
            self._process.stdin.write(frame.data)

    def seconds(self) -> float:
        """CPU seconds, at its end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._process.returncode:
            raise RuntimeError("ffmpeg failed")
        return usage.ru_utime + usage.ru_stime


@contextmanager
def timed(spent: Counter[str], name: str, owner: type, method: str) -> Iterator[None]:
    """While it lasts, add to `spent` the CPU seconds of a method."""
    own: Callable[..., Any] = getattr(owner, method)

    def measured(*args: Any, **options: Any) -> Any:
        begin = time.process_time()
        try:
            return own(*args, **options)
        finally:
            spent[name] += time.process_time() - begin

    with patch.object(owner, method, measured):
        yield
