"""A client's connection to Dask's scheduler: made, lost, and let go of."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress

from distributed import Client
from tornado.ioloop import IOLoop

ANSWER = 10.0
"""Seconds within which a scheduler answers that is there."""


class Lost(Exception):
    """The scheduler cannot be reached any more."""


@contextmanager
def losing() -> Iterator[None]:
    """Inside the block Dask is spoken to: raises Lost where it is not there any more."""
    try:
        yield
    except (OSError, CancelledError, asyncio.TimeoutError) as error:  # of Python 3.10, where it is no OSError
        raise Lost from error


@contextmanager
def event_loop() -> Iterator[IOLoop]:
    """Where all clients run, one after another: those that Dask starts for them outlive connections that fail."""
    started = Future[tuple[IOLoop, asyncio.Event]]()

    async def run() -> None:
        over = asyncio.Event()
        started.set_result((IOLoop.current(), over))
        await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="Dask's clients", daemon=True)
    thread.start()
    loop, over = started.result()
    try:
        yield loop
    finally:
        loop.add_callback(over.set)
        thread.join(ANSWER)


def connected(address: str, loop: IOLoop, patience: float) -> Client:
    """A client of the scheduler at an address. Raises Lost where none answers for so many seconds."""
    deadline = time.monotonic() + patience
    # What Dask logs of connections that are lost is told to people in other words.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    while True:
        try:
            # Several short attempts, since Dask tries again less and less often in a long one.
            return Client(address, loop=loop, timeout=min(patience, ANSWER), set_as_default=False)
        except OSError as error:
            if time.monotonic() >= deadline:
                raise Lost from error


def close(client: Client) -> None:
    """Let go of the scheduler; one that is gone is not waited for."""
    with suppress(asyncio.TimeoutError, OSError):
        client.close(timeout=ANSWER if client.status == "running" else 0.5)
