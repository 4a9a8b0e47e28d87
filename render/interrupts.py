"""Signals that come where nothing may be broken off, put off until it may."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back(*numbers: signal.Signals) -> Iterator[list[int]]:
    """Put off signals until the block ends: it gets the list of those that have come so far.

    Signals interrupt the main thread alone, so in any other one nothing is put off.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    handlers = {number: signal.signal(number, lambda which, _: came.append(which)) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off the signals that would raise KeyboardInterrupt, which crashes VTK while it loads."""
    raising = [one for one in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(one) is signal.default_int_handler]
    with held_back(*raising):
        yield
