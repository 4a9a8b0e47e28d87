"""One worker process: what runs at the other end of the pipe from `workers`."""

from __future__ import annotations

import mmap
import traceback
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from render.errors import MachineError, RenderError, UserError


def work(pipe: int, memory: int) -> None:
    """Draw into the shared ring what comes through the pipe, until the pipe is closed.

    `pipe` and `memory` are file descriptors. The first message is the function that makes the renderer and the shape
    of the ring; each later one is a frame number and the jobs from it on. A frame drawn is answered with None, a
    failure with the kind of error and its message.
    """
    connection = Connection(pipe)
    with suppress(EOFError, OSError):  # the parent has gone
        try:
            make_renderer, shape = connection.recv()
            ring = np.frombuffer(mmap.mmap(memory, 0), np.uint8).reshape(shape)
            render = make_renderer()
            for number, job in _jobs(connection):
                ring[number % len(ring)] = render(job)
                connection.send(None)
        except RenderError as error:
            connection.send((UserError if isinstance(error, UserError) else MachineError, str(error)))
        except Exception:
            connection.send((RuntimeError, f"in a worker process:\n{traceback.format_exc()}"))


def _jobs(connection: Connection) -> Iterator[tuple[int, Any]]:
    """Frame numbers and jobs, as they come."""
    while True:
        first, jobs = connection.recv()
        yield from enumerate(jobs, first)
