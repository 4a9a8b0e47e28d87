"""How a farm gets on with a film: live on a terminal, in a log what is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from render.farm.watch import Heard, Watch
from render.film import Report
from render.progress import bar

MOST_ROWS = 16
"""How many workers have a line of their own; of the others there is the sum."""

SILENCE = 30.0
"""After how many seconds without a word a worker is said to be silent."""


@dataclass
class _Worker:
    """A line: what one has in hand, and what it has finished since it was first heard."""

    since: float
    heard: Heard
    at: float
    n_segments: int = 0
    n_frames: int = 0

    @property
    def speed(self) -> float:
        """Frames a second."""
        under_way = 0 if self.heard.n_drawn == self.heard.n_frames else self.heard.n_drawn
        return (self.n_frames + under_way) / max(self.at - self.since, 1e-9)


class FarmTable:
    """What the workers do, over the bar of the whole film."""

    def __init__(self, name: str) -> None:
        self._bar = bar("frames")
        self._task = self._bar.add_task(name, total=None)
        self._workers: dict[str, _Worker] = {}
        self._awaited = ""
        self._lock = threading.Lock()

    def report(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def heard(self, heard: Heard) -> None:
        now = time.monotonic()
        with self._lock:
            self._awaited = ""
            own = self._workers.setdefault(heard.worker, _Worker(now, heard, now))
            own.heard, own.at = heard, now
            if heard.n_drawn == heard.n_frames:
                own.n_segments += 1
                own.n_frames += heard.n_frames

    def waiting(self, what: str) -> None:
        with self._lock:
            self._awaited = what

    def __rich__(self) -> RenderableType:
        with self._lock:
            awaited = [f"waiting for {self._awaited}"] if self._awaited else []
            return Group(*([self._table()] if self._workers else []), *awaited, self._bar)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("worker", no_wrap=True)
        table.add_column("segments", justify="right", no_wrap=True)
        table.add_column("frames/s", justify="right", no_wrap=True)
        table.add_column("draws", no_wrap=True)
        lines = [self._workers[name] for name in sorted(self._workers)]
        for own in lines[:MOST_ROWS]:
            table.add_row(own.heard.worker, str(own.n_segments), f"{own.speed:.1f}", _in_hand(own))
        if rest := lines[MOST_ROWS:]:
            segments, speed = sum(own.n_segments for own in rest), sum(own.speed for own in rest)
            table.add_row(f"and {len(rest):,} more", f"{segments:,}", f"{speed:,.1f}", "")
        return table


def _in_hand(own: _Worker) -> str:
    heard, silence = own.heard, time.monotonic() - own.at
    if heard.n_drawn == heard.n_frames:
        return "nothing"
    silent = f", silent for {silence:.0f} s" if silence > SILENCE else ""
    return f"{heard.n_drawn} of {heard.n_frames} frames of '{heard.beat}'{silent}"


class FarmLog:
    """Says in a log what is waited for: without a word a run that stands still looks like one that hangs."""

    def __init__(self, name: str, console: Console) -> None:
        self._name, self._console = name, console

    def heard(self, heard: Heard) -> None:
        """It gets on."""

    def waiting(self, what: str) -> None:
        self._console.print(f"{self._name}: waiting for {what}")


@contextmanager
def farm_progress(name: str, console: Console) -> Iterator[tuple[Report | None, Watch]]:
    """Show the table as long as the block lasts; where nobody watches a log has what is waited for.

    Yields who hears how much of the film is done, and what its workers do.
    """
    if not console.is_terminal:
        yield None, FarmLog(name, console)
        return
    table = FarmTable(name)
    with Live(table, console=console, transient=True, refresh_per_second=4):
        yield table.report, table
