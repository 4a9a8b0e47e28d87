"""One worker process: what runs at the other end of the pipe from `workers`."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from render.cache import Cache
from render.errors import MachineError, RenderError, UserError
from render.farm.segments import Segment
from render.painter import Painter
from render.programme import Programme
from render.video.encoding import Encoding

KIND = "segments"
"""The folder of the cache that segments lie in."""


def work(pipe: int) -> None:
    """Draw and encode the segments that come through the pipe, a file descriptor, until it is closed.

    The first message is the programme, the encoding, the cache's folder and one for files on the way; each later one
    is a segment. Every frame is answered with how many frames of the film it is, a finished segment, which is in the
    cache then, with None, and a failure with the kind of error and its message.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    connection = Connection(pipe)
    with suppress(EOFError, OSError, KeyboardInterrupt):  # the parent has gone, or says to go
        try:
            programme, encoding, cache, folder = connection.recv()
            with closing(Painter(programme)) as painter:
                while True:
                    segment = connection.recv()
                    data = drawn(segment, painter, encoding, folder, connection.send)
                    cache.keep(KIND, segment.key, data)
                    connection.send(None)
        except RenderError as error:
            connection.send((UserError if isinstance(error, UserError) else MachineError, str(error)))
        except Exception as error:
            if not isinstance(error, EOFError | OSError):
                connection.send((RuntimeError, f"in a worker process:\n{traceback.format_exc()}"))


def drawn(
    segment: Segment, painter: Painter, encoding: Encoding, folder: Path, told: Callable[[int], None]
) -> bytes:
    """A segment's bytes, made by way of a file in `folder`. `told` hears of how many frames each picture stands for."""
    path = folder / f"{segment.key}{encoding.suffix}"
    try:
        with encoding.segment(path) as film:
            for moment, repeat in segment.frames:
                film.write(painter(moment), repeat)
                told(repeat)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
