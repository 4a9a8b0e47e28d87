"""A crew of worker processes: each draws and encodes one segment at a time and puts it into the cache.

No frame leaves its worker, so memory stays flat, and nothing that is finished is lost, whoever dies. Workers are fresh
interpreters, not `multiprocessing` children, so a script that renders needs no `if __name__ == "__main__"`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path

from render.cache import VARIABLE, Cache
from render.errors import MachineError
from render.farm.machine import usable_cores
from render.farm.segments import Segment
from render.programme import Programme
from render.video.encoding import Encoding
from render.video.frame import GIVING_BACK

Report = Callable[[int], None]
"""Called with how many more frames of the film there are."""

MOST_DEATHS = 2
"""How many workers may die of one segment."""

PATIENCE = 3.0
"""Seconds that a worker has to put away what it was doing."""

_THREADS = ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VTK_SMP_MAX_THREADS")


class Worker:
    """A worker process as its parent sees it: the segment that it has in hand, and how many frames of it are drawn."""

    def __init__(self, programme: Programme, encoding: Encoding, cache: Cache, folder: Path, threads: int) -> None:
        """Start a process that draws with `threads` threads and keeps what it makes in `cache`, by way of `folder`."""
        self.connection, theirs = Pipe()
        self.segment: Segment | None = None
        self.n_drawn = 0
        code = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        code += f"sys.path = {sys.path!r}; from render.farm.worker import work; work({theirs.fileno()})"
        with theirs:
            # The number of threads has to be there before anything is imported. A session of its own keeps Ctrl-C
            # from the worker, which is deaf to it, too: the parent alone acts on it.
            self.process = subprocess.Popen(
                [sys.executable, "-c", code],
                env={
                    **os.environ,
                    **GIVING_BACK,
                    **{name: str(threads) for name in _THREADS},
                    VARIABLE: str(cache.folder),
                    "PYTHONHASHSEED": "0",
                },
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._send((programme, encoding, cache, folder))

    def give(self, segment: Segment) -> None:
        """Hand over a segment to draw."""
        self.segment, self.n_drawn = segment, 0
        self._send(segment)

    def take(self) -> int:
        """Return for how many frames of the film the picture stands that has just been drawn; none at a segment's end.

        Raises what went wrong in the worker, and EOFError where it is no more.
        """
        try:
            answer = self.connection.recv()
        except OSError:
            raise EOFError from None
        if isinstance(answer, tuple):
            kind, message = answer
            raise kind(message)
        if answer is None:
            self.segment = None
            return 0
        self.n_drawn += answer
        return int(answer)

    def draw(self, segment: Segment, report: Report) -> None:
        """Have a segment drawn, to its end. Raises what went wrong in the worker; MachineError where it dies of it."""
        self.give(segment)
        try:
            while self.segment:
                report(self.take())
        except EOFError:
            raise MachineError(self.obituary()) from None

    def dismiss(self) -> None:
        """Tell the process to go; `gone` waits until it has."""
        self.process.terminate()
        self.connection.close()

    def gone(self) -> None:
        """Wait for the process to end; one that takes too long to put away what it was doing is ended."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def obituary(self) -> str:
        """How the process ended, and over what."""
        code = self.process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        hint = " (out of memory?)" if code == -signal.SIGKILL else ""
        if self.segment is None:
            return f"a worker process {how}{hint}"
        frame = self.segment.first + min(self.n_drawn, self.segment.n_frames - 1)
        return f"a worker process {how} while drawing frame {frame}, in the beat '{self.segment.beat}'{hint}"

    def _send(self, message: object) -> None:
        with suppress(OSError):  # a worker that has gone shows in `take`
            self.connection.send(message)


def draw_segments(
    programme: Programme,
    segments: Sequence[Segment],
    encoding: Encoding,
    cache: Cache,
    folder: Path,
    *,
    workers: int,
    report: Report,
) -> None:
    """Put every segment into the cache, drawn by as many processes as there are `workers`.

    A worker that dies is replaced and its segment tried again; MachineError, with the beat and the frame, is raised
    where that one dies as well. A `RenderError` in a worker is raised here with the same message and exit code.
    """
    waiting = deque(segments)
    deaths: Counter[int] = Counter()
    workers = min(workers, len(segments))
    threads = max(1, usable_cores() // workers)
    crew: list[Worker] = []
    try:
        while len(crew) < workers:
            crew.append(Worker(programme, encoding, cache, folder, threads))
        while waiting or any(worker.segment for worker in crew):
            for worker in crew:
                if waiting and worker.segment is None:
                    worker.give(waiting.popleft())
            ready = wait([worker.connection for worker in crew if worker.segment])
            for place, worker in enumerate(crew):
                if worker.connection not in ready:
                    continue
                try:
                    report(worker.take())
                except EOFError:
                    lost = worker.segment
                    assert lost is not None
                    deaths[lost.number] += 1
                    if deaths[lost.number] >= MOST_DEATHS:
                        raise MachineError(f"{worker.obituary()}; so did another before it") from None
                    report(-worker.n_drawn)
                    worker.dismiss()
                    worker.gone()
                    waiting.appendleft(lost)
                    crew[place] = Worker(programme, encoding, cache, folder, threads)
    finally:
        for worker in crew:
            worker.dismiss()
        for worker in crew:
            worker.gone()
