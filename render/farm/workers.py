"""Many frames on many cores: worker processes draw, and the frames come back in order.

Frames lie in a ring of slots in memory that all processes share, so no pixel goes through a pipe. Frame `i` is handed
out once frame `i - slots` has been taken, which keeps memory flat however slow the taker is. That memory has no name
in the file system, so nothing is left behind when processes are killed. Workers are fresh interpreters, not
`multiprocessing` children, so a script that renders needs no `if __name__ == "__main__"`.
"""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from typing import IO, Any, TypeVar

import numpy as np

from render.errors import MachineError
from render.farm.machine import usable_cores
from render.video.frame import GIVING_BACK, Frame

Job = TypeVar("Job")

# Frames go out in pairs of neighbours, which share what a renderer keeps between frames; while a worker draws its last
# one the next pair is already waiting.
_CHUNK = 2
_THREADS = ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VTK_SMP_MAX_THREADS")


def render_frames(
    make_renderer: Callable[[], Callable[[Job], Frame]],
    jobs: Sequence[Job],
    *,
    workers: int,
    frame_shape: tuple[int, ...],
) -> Generator[Frame, None, None]:
    """Draw every job and yield the frames in the order of the jobs.

    `make_renderer` is called once in each worker process, so it must be picklable, as must the jobs; what it returns
    turns one job into a uint8 array of `frame_shape`. With `workers=1` all happens in this process. A yielded array is
    valid until the next is asked for. Close the generator (`contextlib.closing`) to end the workers early.

    A `RenderError` in a worker is raised here with the same message and exit code; a worker that dies is a
    `MachineError` that names the frame.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        render = make_renderer()
        for job in jobs:
            yield render(job)
        return
    slots = workers * (_CHUNK + 1) + 1
    crew: list[_Worker] = []
    try:
        with _nameless_file() as memory:
            memory.truncate(slots * int(np.prod(frame_shape)))
            ring = np.frombuffer(mmap.mmap(memory.fileno(), 0), np.uint8).reshape(slots, *frame_shape)
            for _ in range(workers):
                crew.append(_Worker(memory.fileno(), threads=max(1, usable_cores() // workers)))
        for worker in crew:
            worker.greet(make_renderer, ring.shape)
        yield from _in_order(crew, jobs, ring)
    finally:
        for worker in crew:
            worker.process.kill()
        for worker in crew:
            worker.process.wait()
            worker.connection.close()


class _Worker:
    """A worker process as its parent sees it: its pipe, and the frames that it was given and has not drawn yet."""

    def __init__(self, memory: int, threads: int) -> None:
        """Start a process that maps the file descriptor `memory` and draws with `threads` threads."""
        self.connection, theirs = Pipe()
        self.given: deque[int] = deque()
        code = f"import sys; sys.path = {sys.path!r}; from render.farm.worker import work"
        with theirs:
            # The number of threads has to be there before anything is imported. A session of its own keeps Ctrl-C
            # from the worker: the parent alone acts on it.
            self.process = subprocess.Popen(
                [sys.executable, "-c", f"{code}; work({theirs.fileno()}, {memory})"],
                env={**os.environ, **GIVING_BACK, **{name: str(threads) for name in _THREADS}},
                pass_fds=(theirs.fileno(), memory),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def greet(self, make_renderer: Callable[[], Callable[[Any], Frame]], ring: tuple[int, ...]) -> None:
        """Tell the worker how to draw, and the shape of the ring that it draws into."""
        self._send((make_renderer, ring))

    def give(self, first: int, jobs: Sequence[Any]) -> None:
        """Hand over the jobs of frames `first`, `first` + 1, ..."""
        self.given.extend(range(first, first + len(jobs)))
        self._send((first, list(jobs)))

    def take(self) -> int:
        """Return the number of the frame that has just been drawn; raises what went wrong in the worker."""
        try:
            failure = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if failure is not None:
            kind, message = failure
            raise kind(message)
        return self.given.popleft()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # a worker that has gone shows in `take`, after its last words
            self.connection.send(message)

    def _death(self) -> MachineError:
        code = self.process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        hint = " (out of memory?)" if code == -signal.SIGKILL else ""
        where = f"while drawing frame {self.given[0]}" if self.given else "before its first frame"
        return MachineError(f"a worker process {how} {where}{hint}")


def _nameless_file() -> IO[bytes]:
    """An empty file without a name: in memory on Linux, on the disk elsewhere."""
    if sys.platform == "linux":
        return open(os.memfd_create("frames"), "r+b")
    return tempfile.TemporaryFile()


def _in_order(crew: Sequence[_Worker], jobs: Sequence[Any], ring: Frame) -> Iterator[Frame]:
    drawn: set[int] = set()
    given = 0
    for wanted in range(len(jobs)):
        while True:
            for worker in sorted(crew, key=lambda worker: len(worker.given)):
                stop = min(given + _CHUNK, len(jobs))
                if given < stop <= wanted + len(ring) and len(worker.given) < _CHUNK:
                    worker.give(given, jobs[given:stop])
                    given = stop
            if wanted in drawn:
                break
            ready = wait([worker.connection for worker in crew])
            drawn.update(worker.take() for worker in crew if worker.connection in ready)
        drawn.remove(wanted)
        yield ring[wanted % len(ring)]
