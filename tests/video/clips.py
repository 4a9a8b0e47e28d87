"""Small pictures to put into clips, and ways to look at what came out that are not ours."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from render.video.encoding import Encoding, encoding_for
from render.video.frame import Frame
from render.video.mp4 import Chapter
from render.video.subtitles import Cue

Pixels = npt.NDArray[np.uint8]
COLOURS = np.array(
    [
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]],
        [[0, 0, 0], [128, 128, 128], [40, 110, 200], [220, 120, 30]],
    ],
    np.uint8,
).reshape(-1, 3)


def stripes() -> Pixels:
    """128 x 64 pixels, a vertical stripe 16 pixels wide for each of the colours."""
    frame = np.full((64, 128, 4), 255, np.uint8)
    frame[..., :3] = np.repeat(COLOURS, 16, axis=0)
    return frame


def moving(k: int) -> Pixels:
    """Frame number `k` of a clip of 64 x 48 pixels: a blue square that moves two pixels a frame."""
    picture = np.full((48, 64, 4), (250, 248, 240, 255), np.uint8)
    picture[16:32, 2 * k % 48 : 2 * k % 48 + 16, :3] = (30, 90, 200)
    return picture


class Cutter:
    """Takes the frames of a whole clip and makes a new segment from each of the frames `cuts` on."""

    def __init__(self, encoding: Encoding, folder: Path, cuts: Sequence[int]) -> None:
        self.files: list[Path] = []
        self._encoding, self._folder, self._cuts = encoding, folder, cuts
        self._n_frames = 0
        self._frames: list[tuple[Frame, int]] = []

    def write(self, frame: Frame, repeat: int = 1) -> None:
        if self._n_frames in self._cuts:
            self.finish()
        self._frames.append((frame.copy(), repeat))
        self._n_frames += repeat

    def finish(self) -> None:
        if self._frames:
            self.files.append(self._folder / f"{len(self.files)}{self._encoding.suffix}")
            with self._encoding.segment(self.files[-1], [repeat for _, repeat in self._frames]) as feed:
                for frame, _ in self._frames:
                    feed.write(frame)
            self._frames.clear()


@contextmanager
def clip(
    path: str | Path,
    size: tuple[int, int],
    fps: int,
    chapters: Sequence[Chapter] = (),
    cues: Sequence[Cue] = (),
    cuts: Sequence[int] = (),
) -> Iterator[Cutter]:
    """A whole output: in segments that begin with the chapters and at the frames `cuts`, joined at the block's end."""
    encoding = encoding_for(path, size, fps)
    with tempfile.TemporaryDirectory() as folder:
        frames = Cutter(encoding, Path(folder), [*cuts, *(round(start * fps) for _, start, _ in chapters)])
        yield frames
        frames.finish()
        encoding.join(frames.files, Path(path), chapters, cues)


def about(path: Path) -> str:
    """What ffmpeg says about a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True).stderr


def decode(path: Path, size: tuple[int, int], pixels: str = "rgb24") -> Pixels:
    """All frames of a file as ffmpeg decodes them: rgb24 gives (n, height, width, 3), yuv444p (n, 3, height, width)."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:v"]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", pixels, "-"]
    raw = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
    width, height = size
    return raw.reshape((-1, height, width, 3) if pixels == "rgb24" else (-1, 3, height, width))
