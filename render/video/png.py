"""Frames to PNG: stills, and folders of numbered frames."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from pathlib import Path

import imageio.v3 as imageio
import numpy as np

from render.video.frame import Frame
from render.video.mp4 import Chapter
from render.video.subtitles import Cue
from render.video.whole import refuse_other_files, telling, whole_file, whole_folder

# Compressing lets go of Python's lock, so it goes on beside the drawing.
_THREADS = 2


def write_png(path: Path, rgba: Frame) -> None:
    """Write one picture, transparency kept; a picture without a see-through pixel is stored as RGB."""
    with whole_file(path) as part, telling(path):
        part.write_bytes(_compressed(_without_idle_alpha(rgba)))


@dataclass(frozen=True)
class PngFolder:
    """A folder of `00000.png`, `00001.png`, ... of frames of one size (width, height).

    A segment is a ZIP archive of them in which a frame that is held stands once: `00012-005.png` is five from the 12th.
    """

    size: tuple[int, int]

    suffix = ".zip"

    @property
    def settings(self) -> Mapping[str, object]:
        """What a segment's bytes follow from besides its frames."""
        return {"kind": "png", "size": self.size}

    def check(self, output: Path) -> None:
        """Raise `UserError` if there is anything there but an earlier folder of numbered frames."""
        refuse_other_files(output)

    @contextmanager
    def segment(self, path: Path, repeats: Sequence[int]) -> Iterator[PngArchive]:
        """Open a segment's file for as many frames as there are `repeats`, how often each is shown."""
        with telling(path), zipfile.ZipFile(path, "w") as archive, ThreadPoolExecutor(_THREADS) as pool:
            frames = PngArchive(archive, pool, repeats)
            yield frames
            frames.finish()

    def join(
        self, segments: Sequence[Path], output: Path, chapters: Sequence[Chapter], cues: Sequence[Cue]
    ) -> tuple[Path, ...]:
        """Unpack all segments into the folder, which appears when whole; held frames are linked."""
        with whole_folder(output) as part, telling(output):
            n_frames = 0
            for segment in segments:
                with zipfile.ZipFile(segment) as archive:
                    for entry in archive.infolist():
                        repeat = int(entry.filename[:-4].split("-")[1])
                        first, *held = (part / f"{n_frames + k:05d}.png" for k in range(repeat))
                        first.write_bytes(archive.read(entry))
                        for name in held:
                            _link(first, name)
                        n_frames += repeat
        return (output,)


class PngArchive:
    """Takes the frames of a segment, each compressed once."""

    def __init__(self, archive: zipfile.ZipFile, pool: ThreadPoolExecutor, repeats: Sequence[int]) -> None:
        self._archive, self._pool = archive, pool
        starts = accumulate(repeats, initial=0)
        self._names = (f"{at:05d}-{repeat:03d}.png" for at, repeat in zip(starts, repeats, strict=False))
        self._pending: deque[tuple[str, Future[bytes]]] = deque()

    def write(self, frame: Frame) -> None:
        """Store the next frame; the array may be drawn over as soon as this returns."""
        while len(self._pending) >= _THREADS:
            self._store()
        self._pending.append((next(self._names), self._pool.submit(_compressed, _without_idle_alpha(frame))))

    def finish(self) -> None:
        """Wait until every frame is stored."""
        while self._pending:
            self._store()

    def _store(self) -> None:
        name, compressed = self._pending.popleft()
        # An entry's date would be that of the run.
        self._archive.writestr(zipfile.ZipInfo(name), compressed.result())


def _link(first: Path, name: Path) -> None:
    try:
        os.link(first, name)
    except OSError:  # a file system without links
        shutil.copyfile(first, name)


def _without_idle_alpha(rgba: Frame) -> Frame:
    """A copy with three channels where every pixel is opaque, with four otherwise."""
    opaque = bool((rgba[..., 3] == 255).all())
    return np.array(rgba[..., :3] if opaque else rgba)


def _compressed(pixels: Frame) -> bytes:
    # Level 1 takes 70 ms for a 1080p frame where 6 takes 100, for files 8 % larger.
    buffer = BytesIO()
    imageio.imwrite(buffer, pixels, plugin="pillow", extension=".png", compress_level=1)
    return buffer.getvalue()
