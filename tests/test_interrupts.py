"""Being told to stop where nothing may be broken off: it is put off, and not forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from command import HEAD, SCRIPT, left
from processes import children, command_of, until

from render.interrupts import held_back, uninterrupted

WHILE_VTK_LOADS = """
import signal, sys

def hear(event, arguments):
    if event == "import" and arguments[0] == "vtkmodules.vtkRenderingCore":
        print("loading", flush=True)
        signal.raise_signal(signal.{code})

sys.addaudithook(hear)
from render.cli import main
main()
"""


@pytest.fixture(autouse=True)
def as_in_the_command_line() -> Iterator[None]:
    earlier = {one: signal.signal(one, signal.default_int_handler) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in earlier.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("code", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_comes_after_the_block(code: signal.Signals) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with uninterrupted():
            signal.raise_signal(code)
            done.append("the block")
        done.append("what follows")
    assert done == ["the block"]
    assert signal.getsignal(code) is signal.default_int_handler
    with uninterrupted():
        done.append("uncalled")
    assert done == ["the block", "uncalled"]


def test_signals_that_raise_nothing_are_left_alone() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with uninterrupted():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_the_block_hears_what_has_come() -> None:
    came: list[int] = []
    signal.signal(signal.SIGTERM, lambda code, _: came.append(code))
    with held_back(signal.SIGTERM) as calls:
        assert calls == []
        signal.raise_signal(signal.SIGTERM)
        assert calls == [signal.SIGTERM] and came == []
    assert came == [signal.SIGTERM]


def test_an_error_in_the_block_does_not_lose_the_signal() -> None:
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        raise ValueError


def test_other_threads_are_never_interrupted() -> None:
    found: list[object] = []

    def run() -> None:
        with held_back(signal.SIGINT) as calls:
            found.append((calls, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [([], signal.default_int_handler)]


@pytest.mark.parametrize("code", ["SIGINT", "SIGTERM"])
def test_stills_are_stopped_while_vtk_loads(tmp_path: Path, code: str) -> None:
    (tmp_path / "scene.yaml").write_text(SCRIPT)
    command = [sys.executable, "-c", WHILE_VTK_LOADS.format(code=code), "stills", "scene.yaml", "-o", "stills"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stderr) == (130, "render: stopped\n") and done.stdout.startswith("loading\n")
    assert left(tmp_path) == {"scene.yaml"}


def test_a_film_is_stopped_while_vtk_loads(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(HEAD + "beats:\n" + "".join(f"- {{id: {id}, for: 1s}}\n" for id in "abcd"))
    env = {**os.environ, "RENDER_CACHE": str(tmp_path / "cache"), "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, "-m", "render", "scene.yaml", "-o", "film.mp4", "--workers", "4"]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as film:
        assert until(lambda: any(map(worker_with_vtk, children(film.pid))))
        film.terminate()
        _, told = film.communicate(timeout=15)
    assert (film.returncode, told) == (130, "render: stopped\n")
    assert left(tmp_path) == {"scene.yaml", "cache"} and not list((tmp_path / "cache").glob(".work-*"))


def worker_with_vtk(process: int) -> bool:
    with suppress(OSError):
        return "farm.worker" in command_of(process) and "vtkCommonMath" in Path(f"/proc/{process}/maps").read_text()
    return False
