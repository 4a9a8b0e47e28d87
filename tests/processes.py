"""Processes that a test has started, and theirs: who runs, who is ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path


def children(process: int) -> list[int]:
    """The processes that a process has started itself."""
    return sorted(child for child, parent in _parents().items() if parent == process)


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    parents, found, near = _parents(), [], {process}
    while near:
        near = {child for child, parent in parents.items() if parent in near}
        found += sorted(near)
    return found


def _parents() -> dict[int, int]:
    """The parent of every process that is no zombie."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    return parents


def is_running(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def command_of(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def resident(process: int) -> int:
    """How many bytes of memory a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def end(processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def until(true: Callable[[], object], seconds: float = 30.0) -> bool:
    """Wait until something is true; whether it was within some seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
