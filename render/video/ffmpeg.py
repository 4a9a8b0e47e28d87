"""ffmpeg as a process: fed raw frames beside the rendering, its complaints told to people.

The executable is the one that comes with imageio-ffmpeg, so no system ffmpeg is needed; the environment variable
IMAGEIO_FFMPEG_EXE names another. We drive it ourselves: imageio rounds picture sizes up and cannot tag colours.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO

import imageio_ffmpeg
import numpy as np

from render.errors import MachineError
from render.video.frame import GIVING_BACK, Frame
from render.video.joining import UNDECODED

_BUFFERS = 3


def executable() -> str:
    """The path of the ffmpeg to use; raises `MachineError` where there is none."""
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (RuntimeError, OSError) as error:
        raise MachineError("no ffmpeg found; get it with: pip install --force-reinstall imageio-ffmpeg") from error


@lru_cache(maxsize=1)
def version() -> str:
    """The version of the ffmpeg to use; raises `MachineError` where there is none."""
    command = [executable(), "-version"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise MachineError(f"cannot start ffmpeg ({command[0]}): {error.strerror or error}") from error
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[0]
        raise MachineError(f"ffmpeg ({command[0]}) does not say its version: {reason}") from error
    found = re.search(r"ffmpeg version (\S+)", answer.stdout)
    return found[1] if found else answer.stdout.strip()


def run(arguments: Sequence[str], target: Path) -> None:
    """Run ffmpeg to its end; raises `MachineError` naming `target` if it fails."""
    with tempfile.TemporaryFile() as complaints:
        process = _start(arguments, complaints, stdin=subprocess.DEVNULL)
        try:
            process.wait()
        finally:
            _kill(process)
        if process.returncode:
            raise MachineError(_failure(target, process.returncode, complaints))


class FrameFeed:
    """One ffmpeg that reads raw frames; a context manager that ends it on a clean exit and kills it on an error.

    `write` copies the frame and returns; a thread hands it on, so encoding runs beside rendering. Three frames at most
    wait. An ffmpeg that fails shows as a `MachineError` from the next `write`, or from leaving the block.
    """

    def __init__(self, arguments: Sequence[str], target: Path, size: tuple[int, int], fps: int) -> None:
        """`arguments` follow the raw input, which is input 0; `size` is (width, height); messages name `target`."""
        width, height = size
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb0", "-video_size", f"{width}x{height}", "-framerate", str(fps)]
        self._arguments = [*raw, "-i", "pipe:0", *arguments]
        self._target = target
        self._shape = (height, width, 4)
        self._free: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._waiting: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._broken = False

    def __enter__(self) -> FrameFeed:
        for _ in range(_BUFFERS):
            self._free.put(np.empty(self._shape, np.uint8))
        with ExitStack() as opened:
            self._complaints = opened.enter_context(tempfile.TemporaryFile())
            self._process = _start(self._arguments, self._complaints, stdin=subprocess.PIPE)
            self._opened = opened.pop_all()
        self._thread = threading.Thread(target=self._hand_on, name="frames to ffmpeg", daemon=True)
        self._thread.start()
        return self

    def write(self, frame: Frame) -> None:
        """Send a frame; the array may be drawn over as soon as this returns."""
        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise ValueError(f"a frame is uint8 of shape {self._shape}, not {frame.dtype} of shape {frame.shape}")
        buffer = self._free.get()
        if self._broken:
            self._end()
        np.copyto(buffer, frame)
        self._waiting.put(buffer)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._end()
        finally:
            _kill(self._process)
            self._waiting.put(None)
            self._thread.join()
            self._opened.close()

    def _hand_on(self) -> None:
        """The thread: frames from the queue to the pipe. After a broken pipe it goes on emptying the queue."""
        assert self._process.stdin is not None
        while (buffer := self._waiting.get()) is not None:
            try:
                if not self._broken:
                    self._process.stdin.write(buffer.data)
            except OSError:
                self._broken = True
            self._free.put(buffer)
        try:
            self._process.stdin.close()
        except OSError:
            self._broken = True

    def _end(self) -> None:
        """Let ffmpeg finish the file; raises `MachineError` if it could not."""
        self._waiting.put(None)
        self._thread.join()
        self._process.wait()
        if self._broken or self._process.returncode:
            raise MachineError(_failure(self._target, self._process.returncode, self._complaints))


def _start(arguments: Sequence[str], complaints: IO[bytes], stdin: int) -> subprocess.Popen[bytes]:
    # In a session of its own, so that Ctrl-C reaches us alone and ffmpeg does not finish half a film; nor does it where
    # an input ends in the middle, which is no error to it otherwise.
    command = [executable(), "-hide_banner", "-v", "repeat+error", "-xerror", "-y", *arguments]
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
            env={**os.environ, **GIVING_BACK},
        )
    except OSError as error:
        raise MachineError(f"cannot start ffmpeg ({command[0]}): {error.strerror or error}") from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process at once if it still runs, with whatever it has started: it may be a script around ffmpeg."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _failure(target: Path, code: int, complaints: IO[bytes]) -> str:
    """One sentence on why ffmpeg failed: its first complaint is the cause, later ones are what followed from it."""
    complaints.seek(0)
    lines = [line for line in complaints.read().decode(errors="replace").splitlines() if UNDECODED not in line]
    reasons = [reason for line in lines if (reason := re.sub(r"^(\[[^]]*\] *)+", "", line).strip())]
    if reasons:
        why = reasons[0]
    elif code < 0:
        why = f"it was ended by {signal.Signals(-code).name}"
    else:
        why = f"exit code {code}"
    return f"ffmpeg could not write {target}: {why}"
