"""One worker process: what runs at the other end of the pipe from `workers`."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from render.errors import MachineError, RenderError, UserError
from render.farm.segments import Segment
from render.interrupts import held_back
from render.programme.painter import Painter
from render.video.encoding import Encoding

KIND = "segments"
"""The folder of the cache that segments lie in."""


class Alone(Exception):
    """The parent has gone, or wants this process to go."""


class Parent:
    """The process that gives out segments, as a worker sees it. Both raise Alone where it is no more.

    calls: its signals to go that have been put off; there is nothing to tell it then, so `tell` raises Alone as well
    """

    def __init__(self, pipe: int) -> None:
        self._connection = Connection(pipe)
        self.calls: list[int] = []

    def hear(self) -> Any:
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise Alone from None

    def tell(self, answer: object) -> None:
        if self.calls:
            raise Alone
        try:
            self._connection.send(answer)
        except OSError:
            raise Alone from None


def work(pipe: int) -> None:
    """Draw and encode the segments that come through the pipe, a file descriptor, until it is closed.

    The first message is the programme, the encoding, the cache's folder and one for files on the way; each later one
    is a segment. Every frame is answered with how many frames of the film it is, a finished segment, which is in the
    cache then, with None, and a failure with the kind of error and its message.

    SIGTERM ends the process at once, or, where a segment is on the way, after the frame, with nothing left of it.
    """
    parent = Parent(pipe)
    failure: tuple[type[Exception], str]
    with suppress(Alone):
        try:
            programme, encoding, cache, folder = parent.hear()
            with closing(Painter(programme)) as painter:
                while True:
                    segment = parent.hear()
                    painter.set_up(segment.frames[0][0])
                    with held_back(signal.SIGTERM) as parent.calls:
                        with cache.telling():
                            data = drawn(segment, painter, encoding, folder, parent.tell)
                        cache.keep(KIND, segment.key, data)
                    parent.tell(None)
        except Alone:
            raise
        except RenderError as error:
            failure = (UserError if isinstance(error, UserError) else MachineError, str(error))
        except Exception:
            failure = (RuntimeError, f"in a worker process:\n{traceback.format_exc()}")
        parent.tell(failure)


def drawn(segment: Segment, painter: Painter, encoding: Encoding, folder: Path, told: Callable[[int], None]) -> bytes:
    """A segment's bytes, made by way of a file in `folder`. `told` hears of how many frames each picture stands for."""
    # The encoder of a worker that was killed may go on for a while: nobody else writes to the same file.
    path = folder / f"{segment.key}-{os.getpid()}{encoding.suffix}"
    try:
        with encoding.segment(path, [repeat for _, repeat in segment.frames]) as film:
            for moment, repeat in segment.frames:
                film.write(painter(moment))
                told(repeat)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
