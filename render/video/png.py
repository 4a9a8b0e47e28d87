"""Frames to PNG: stills, and folders of numbered frames."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import imageio.v3 as imageio
import numpy as np

from render.video.frame import Frame
from render.video.whole import telling, whole_file, whole_folder

# Compressing lets go of Python's lock, so a few threads keep up with the renderer.
_THREADS = 4


def write_png(path: Path, rgba: Frame) -> None:
    """Write one picture, transparency kept; a picture without a see-through pixel is stored as RGB."""
    with whole_file(path) as part:
        _save(part, _without_idle_alpha(rgba), path)


@contextmanager
def png_folder_writer(path: Path) -> Iterator[PngFrames]:
    """Open a folder for writing `00000.png`, `00001.png`, ...; it appears when whole.

    Replaces an earlier folder of numbered frames; `UserError` if there is anything else in it.
    """
    with whole_folder(path) as part, ThreadPoolExecutor(_THREADS) as pool:
        frames = PngFrames(part, path, pool)
        yield frames
        frames.finish()


class PngFrames:
    """Numbered PNG files; a held frame is compressed once and linked."""

    def __init__(self, folder: Path, target: Path, pool: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._target = target
        self._pool = pool
        self._count = 0
        self._pending: deque[Future[None]] = deque()

    def write(self, frame: Frame, repeat: int = 1) -> None:
        """Store `frame` as the next `repeat` files; the array may be drawn over as soon as this returns."""
        names = [self._folder / f"{self._count + k:05d}.png" for k in range(repeat)]
        self._count += repeat
        while len(self._pending) >= _THREADS:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(self._store, _without_idle_alpha(frame), names))

    def finish(self) -> None:
        """Wait until every frame is stored; raises `MachineError` if one could not be."""
        while self._pending:
            self._pending.popleft().result()

    def _store(self, pixels: Frame, names: list[Path]) -> None:
        first, *held = names
        _save(first, pixels, self._target)
        for name in held:
            try:
                os.link(first, name)
            except OSError:  # a file system without links
                with telling(self._target):
                    shutil.copyfile(first, name)


def _without_idle_alpha(rgba: Frame) -> Frame:
    """A copy with three channels where every pixel is opaque, with four otherwise."""
    opaque = bool((rgba[..., 3] == 255).all())
    return np.array(rgba[..., :3] if opaque else rgba)


def _save(path: Path, pixels: Frame, target: Path) -> None:
    # Level 1 takes 70 ms for a 1080p frame where 6 takes 100, for files 8 % larger.
    with telling(target):
        imageio.imwrite(path, pixels, plugin="pillow", extension=".png", compress_level=1)
