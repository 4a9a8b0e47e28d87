"""The progress bar: how many a second and the time left on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class Speed(ProgressColumn):
    """How many frames, or whatever is counted, are finished a second."""

    def __init__(self, counted: str) -> None:
        super().__init__()
        self._counted = counted

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f} {self._counted}/s")


@contextmanager
def progress_bar(name: str, console: Console, counted: str = "frames") -> Iterator[Callable[[int, int], None] | None]:
    """Yield what to call with how many are done and how many there are; None where nobody watches."""
    if not console.is_terminal:
        yield None
        return
    with bar(counted, console) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def bar(counted: str, console: Console | None = None) -> Progress:
    """A bar of things counted: how many there are, how many a second, and the time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(counted),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)
