"""Frames taken back out of a written film, by their numbers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import numpy.typing as npt

from render.errors import MachineError, UserError
from render.report.hashing import is_as_written
from render.report.manifest import Beat, Manifest
from render.video import ffmpeg
from render.video.encoding import output_suffix

Picture = npt.NDArray[np.uint8]
"""(height, width, 3), red green blue, top row first."""


@dataclass(frozen=True)
class Footage:
    """A film in a folder, an MP4, a GIF or a folder of PNG frames, and its manifest."""

    path: Path
    manifest: Manifest

    def check(self) -> None:
        """Raise UserError where the film is not the one that the manifest was written for."""
        if not self.path.exists():
            raise UserError(f"there is a manifest of {self.path}, and the film is missing; render it again")
        if not is_as_written(self.path, self.manifest.files[0]):
            raise UserError(f"{self.path} is not the film that its manifest was written for; render it again")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.manifest.settings.size.split("x")
        return int(width), int(height)

    @property
    def start(self) -> float:
        """Where in the film the first frame is, in seconds."""
        span = self.manifest.settings.span
        return span[0] if span else 0.0

    def frames_of(self, beat: Beat) -> range:
        """The numbers of the frames of a beat that are in the file."""
        fps = self.manifest.settings.fps
        first, stop = self.manifest.settings.span or (beat.start, beat.end)
        start, end = max(beat.start, first), min(beat.end, stop)
        return range(round((start - self.start) * fps), round((end - self.start) * fps))

    def telling(self, beat: Beat) -> int:
        """The number of the frame that shows best what a beat is about."""
        frames = self.frames_of(beat)
        wanted = round((beat.telling - self.start) * self.manifest.settings.fps)
        return min(max(wanted, frames[0]), frames[-1])

    def seconds(self, frame: int) -> float:
        """When in the film a frame is on."""
        return self.start + frame / self.manifest.settings.fps

    def pictures(self, numbers: Sequence[int]) -> list[Picture]:
        """Frames by their numbers, which rise. Raises MachineError, naming the file, for those that cannot be read."""
        suffix = output_suffix(self.path)
        if not suffix:
            return [self._still(self.path / f"{number:05d}.png") for number in numbers]
        return self._decoded(numbers, seeking=suffix == ".mp4")

    @staticmethod
    def _still(path: Path) -> Picture:
        try:
            return np.asarray(imageio.imread(path, plugin="pillow", mode="RGB"))
        except (OSError, ValueError) as error:
            raise MachineError(f"cannot read {path}: {error}") from error

    def _decoded(self, numbers: Sequence[int], seeking: bool) -> list[Picture]:
        """Of a film. Half a frame before the first one wanted, seeking leads to that one exactly: ffmpeg decodes from
        the key frame before and drops what is too early. Times in a GIF are hundredths of a second, so its frames are
        counted from the start."""
        width, height = self.size
        first = numbers[0] if seeking else 0
        command = [ffmpeg.executable(), "-hide_banner", "-v", "error"]
        if first:
            command += ["-ss", f"{(first - 0.5) / self.manifest.settings.fps:.6f}"]
        wanted = "+".join(f"eq(n,{number - first})" for number in numbers)
        command += ["-i", str(self.path), "-map", "0:v", "-vf", f"select='{wanted}'", "-fps_mode", "passthrough"]
        command += ["-frames:v", str(len(numbers)), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode or len(done.stdout) != len(numbers) * width * height * 3:
            why = done.stderr.decode(errors="replace").strip().splitlines()
            told = why[0] if why else f"{len(numbers)} frames of {width}x{height} are not in it"
            raise MachineError(f"cannot take frames out of {self.path}: {told}")
        return list(np.frombuffer(done.stdout, np.uint8).reshape(len(numbers), height, width, 3))
