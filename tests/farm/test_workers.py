from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from render.errors import MachineError, UserError
from render.farm.workers import Frame, render_frames

SHAPE = (6, 8, 4)


def picture(job: int) -> Frame:
    return np.full(SHAPE, job % 251, np.uint8)


def plain() -> Callable[[int], Frame]:
    return picture


def uneven() -> Callable[[int], Frame]:
    """Early frames of each handful take long, so that workers finish out of order."""

    def render(job: int) -> Frame:
        time.sleep(0.02 if job % 5 == 0 else 0.001)
        return picture(job)

    return render


def naming_its_process() -> Callable[[int], Frame]:
    def render(job: int) -> Frame:
        time.sleep(0.01)
        frame = np.zeros(SHAPE, np.uint8)
        frame[0, 0] = np.frombuffer(np.uint32(os.getpid()).tobytes(), np.uint8)
        frame[0, 1, 0] = int(os.environ.get("LP_NUM_THREADS", "0"))
        frame[0, 2, 0] = "vtkmodules" in sys.modules
        return frame

    return render


def counting(folder: str) -> Callable[[int], Frame]:
    def render(job: int) -> Frame:
        Path(folder, str(job)).touch()
        return picture(job)

    return render


def failing(error: Callable[[], Exception]) -> Callable[[int], Frame]:
    def render(job: int) -> Frame:
        if job == 7:
            raise error()
        return picture(job)

    return render


def wrong_script() -> Exception:
    return UserError("scene.yaml:3:1: no such tensor")


def no_space() -> Exception:
    return MachineError("no space left")


def bug() -> Exception:
    return ZeroDivisionError("a bug")


def dying(code: int) -> Callable[[int], Frame]:
    def render(job: int) -> Frame:
        if job == 7:
            os.kill(os.getpid(), code)
        return picture(job)

    return render


def never_made() -> Callable[[int], Frame]:
    raise MachineError("no OpenGL here")


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("n_jobs", [0, 1, 2, 37])
def test_frames_come_in_order(workers: int, n_jobs: int) -> None:
    jobs = [3 * k for k in range(n_jobs)]
    frames = [frame.copy() for frame in render_frames(uneven, jobs, workers=workers, frame_shape=SHAPE)]
    assert len(frames) == n_jobs
    for job, frame in zip(jobs, frames, strict=True):
        np.testing.assert_array_equal(frame, picture(job))


def test_all_workers_draw_and_know_their_share_of_the_cores() -> None:
    frames = [f.copy() for f in render_frames(naming_its_process, range(60), workers=2, frame_shape=SHAPE)]
    processes = {int(np.frombuffer(f[0, 0].tobytes(), np.uint32)[0]) for f in frames}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert all(f[0, 1, 0] >= 1 for f in frames)
    assert not any(f[0, 2, 0] for f in frames), "a worker imports VTK before its renderer does"
    assert "LP_NUM_THREADS" not in os.environ


def test_one_worker_is_this_process() -> None:
    (frame,) = render_frames(naming_its_process, [0], workers=1, frame_shape=SHAPE)
    assert int(np.frombuffer(frame[0, 0].tobytes(), np.uint32)[0]) == os.getpid()


def test_a_slow_taker_holds_the_workers_back(tmp_path: Path) -> None:
    make = functools.partial(counting, str(tmp_path))
    with closing(render_frames(make, range(200), workers=2, frame_shape=SHAPE)) as frames:
        next(frames)
        time.sleep(0.3)
        ahead = len(list(tmp_path.iterdir()))
        assert 1 <= ahead <= 8
        for _ in range(9):
            next(frames)
        time.sleep(0.3)
        assert len(list(tmp_path.iterdir())) <= 8 + 9


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("error", "kind"), [(wrong_script, UserError), (no_space, MachineError)])
def test_an_error_for_people_passes_through(workers: int, error: Callable[[], Exception], kind: type) -> None:
    taken = 0
    with pytest.raises(kind) as caught:
        for _ in render_frames(functools.partial(failing, error), range(20), workers=workers, frame_shape=SHAPE):
            taken += 1
    assert str(caught.value) == str(error())
    assert taken <= 7


def test_an_error_while_making_the_renderer_passes_through() -> None:
    with pytest.raises(MachineError, match="no OpenGL here"):
        list(render_frames(never_made, range(5), workers=2, frame_shape=SHAPE))


def test_a_bug_shows_its_traceback() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)test_workers\.py.*ZeroDivisionError: a bug"):
        list(render_frames(functools.partial(failing, bug), range(20), workers=2, frame_shape=SHAPE))


def test_a_frame_of_the_wrong_shape_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="shape"):
        list(render_frames(plain, range(4), workers=2, frame_shape=(5, 5, 4)))


@pytest.mark.parametrize(
    ("code", "words"), [(signal.SIGKILL, "SIGKILL.*frame 7.*out of memory"), (signal.SIGSEGV, "SIGSEGV.*frame 7")]
)
def test_a_worker_that_dies_names_its_frame(code: int, words: str) -> None:
    with pytest.raises(MachineError, match=words):
        list(render_frames(functools.partial(dying, code), range(20), workers=2, frame_shape=SHAPE))


def test_closing_early_ends_the_workers() -> None:
    frames = render_frames(naming_its_process, range(500), workers=2, frame_shape=SHAPE)
    processes = {int(np.frombuffer(next(frames)[0, 0].tobytes(), np.uint32)[0]) for _ in range(12)}
    frames.close()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


SCRIPT = """
import sys, time
from test_workers import naming_its_process
from render.farm.workers import render_frames
for frame in render_frames(naming_its_process, range(100_000), workers=2, frame_shape=(6, 8, 4)):
    print(int.from_bytes(frame[0, 0].tobytes(), "little"), flush=True)
"""


@pytest.mark.parametrize("code", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(code: int, tmp_path: Path) -> None:
    """Ctrl-C, or a parent that is killed: no process remains, and with them goes the shared memory, which has no name.

    The script has no main guard.
    """
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    parent = subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    processes = {int(parent.stdout.readline()) for _ in range(12)}
    os.killpg(parent.pid, code)
    _, complaints = parent.communicate(timeout=10)
    deadline = time.monotonic() + 5
    while any(alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(alive(process) for process in processes)
    assert complaints.count("Traceback") == (1 if code == signal.SIGINT else 0), complaints
    assert "resource_tracker" not in complaints


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0] != "Z" if os.path.isdir("/proc") else True
