"""How a farm gets on: a table of what each worker has done and has in hand, and what a log has of it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from render.cli import farm_progress as module
from render.cli.farm_progress import MOST_ROWS, FarmTable, farm_progress
from render.farm.watch import Heard


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def shown(table: FarmTable) -> list[list[str]]:
    """The words of each line but the bar's."""
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return [line.split() for line in lines[:-1]]


def test_a_worker_has_a_line_with_what_it_has_done_and_does(clock: list[float]) -> None:
    table = FarmTable("film")
    table.waiting("workers")
    assert shown(table) == [["waiting", "for", "workers"]]
    table.heard(Heard("tcp://a:1", 0, "first", 0, 48))
    clock[0] += 4
    table.heard(Heard("tcp://a:1", 0, "first", 48, 48))
    table.heard(Heard("tcp://a:1", 1, "next", 0, 40))
    clock[0] += 2
    table.heard(Heard("tcp://a:1", 1, "next", 12, 40))
    table.heard(Heard("tcp://b:1", 2, "other", 0, 30))
    assert shown(table) == [
        ["worker", "segments", "frames/s", "draws"],
        ["tcp://a:1", "1", "10.0", *["12", "of", "40", "frames", "of", "'next'"]],
        ["tcp://b:1", "0", "0.0", *["0", "of", "30", "frames", "of", "'other'"]],
    ]
    clock[0] += 31
    table.heard(Heard("tcp://b:1", 2, "other", 30, 30))
    assert shown(table)[1:] == [
        ["tcp://a:1", "1", "10.0", *["12", "of", "40", "frames", "of", "'next',", "silent", "for", "31", "s"]],
        ["tcp://b:1", "1", "1.0", "nothing"],
    ]


def test_of_many_workers_the_rest_is_summed_up(clock: list[float]) -> None:
    table = FarmTable("film")
    for number in range(1000):
        table.heard(Heard(f"tcp://{number:04d}:1", number, "beat", 0, 20))
    clock[0] += 10
    for number in range(1000):
        table.heard(Heard(f"tcp://{number:04d}:1", number, "beat", 20, 20))
    lines = shown(table)
    assert len(lines) == 1 + MOST_ROWS + 1
    assert lines[-1] == ["and", "984", "more", "984", "1,968.0"]


def test_a_log_has_what_is_waited_for_and_no_table() -> None:
    file = io.StringIO()
    with farm_progress("film", Console(file=file)) as (report, watch):
        assert report is None
        watch.waiting("workers")
        watch.heard(Heard("tcp://a:1", 0, "first", 0, 48))
    assert file.getvalue() == "film: waiting for workers\n"


def test_a_terminal_has_the_table() -> None:
    file = io.StringIO()
    with farm_progress("film", Console(file=file, force_terminal=True, width=120)) as (report, watch):
        assert report is not None
        report(3, 10)
        watch.heard(Heard("tcp://a:1", 0, "first", 0, 48))
    assert "0 of 48 frames of 'first'" in file.getvalue() and "3/10" in file.getvalue()
