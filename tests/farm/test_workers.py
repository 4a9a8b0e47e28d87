"""Workers: the same bytes however many there are and whoever dies, and nothing left of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import children, command_of, descendants, is_running, resident, until
from trouble import Troubled, bug, crashed, full, killed, leaving, no_window, told_to_go, wrong_script

from render.cache import Cache
from render.errors import MachineError, RenderError, UserError
from render.farm.segments import Segment, cut
from render.farm.worker import KIND
from render.farm.workers import Worker, draw_segments
from render.film import load
from render.programme import Programme
from render.video.encoding import encoding_for

SCRIPT = """
title: Small
prompt: CBABBC
video: {size: 96x64, fps: 8}
beats:
- {id: whole, for: 2s, say: 'Of {prompt}.', camera: {frame: model}}
- {id: embed, for: 3s, camera: {frame: embed, azimuth: 20}, do: [{fill: embed, over: 2s}]}
- {id: row, for: 2s, camera: {frame: "embed[t=0]"}}
- {id: end, for: 2s, camera: {frame: model}, do: [{feed_back: {}, over: 1s}]}
"""


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    path = tmp_path_factory.mktemp("scenes") / "small.yaml"
    path.write_text(SCRIPT)
    return load(path).programme


@pytest.fixture(scope="module")
def segments(programme: Programme) -> tuple[Segment, ...]:
    found = cut(programme, 0, programme.n_frames, {})
    assert len(found) == 4
    return found


@pytest.fixture(scope="module")
def right(
    programme: Programme, segments: tuple[Segment, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The bytes of every segment by key, drawn by one worker."""
    return Crew(programme, segments, tmp_path_factory.mktemp("right")).drawn(workers=1)


class Crew:
    """Draws the segments of a film into a cache of its own, and takes down what it hears."""

    def __init__(self, programme: Programme, segments: tuple[Segment, ...], folder: Path) -> None:
        self.programme, self.segments = programme, segments
        self.cache, self.on_the_way = Cache(folder / "cache"), folder / "on the way"
        self.on_the_way.mkdir(parents=True)
        self.encoding: Any = encoding_for("film.mp4", programme.size, programme.fps)
        self.heard: list[int] = []
        self.workers: set[int] = set()

    def drawn(self, workers: int, encoding: Any = None, hear: Callable[[], object] = lambda: None) -> dict[str, bytes]:
        def report(more: int) -> None:
            self.heard.append(more)
            self.workers |= {own for own in children(os.getpid()) if "farm.worker" in command_of(own)}
            hear()

        try:
            draw_segments(
                self.programme,
                self.segments,
                encoding or self.encoding,
                self.cache,
                self.on_the_way,
                workers=workers,
                report=report,
            )
        finally:
            assert not [own for own in self.workers if is_running(own)], "workers are gone when this is over"
            assert not list(self.cache.folder.rglob("*.part")), "and nothing of theirs is half-written"
        return self.kept()

    def kept(self) -> dict[str, bytes]:
        found = {own.key: self.cache.read(KIND, own.key) for own in self.segments}
        return {key: data for key, data in found.items() if data is not None}


@pytest.fixture
def crew(programme: Programme, segments: tuple[Segment, ...], tmp_path: Path) -> Crew:
    return Crew(programme, segments, tmp_path)


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_makes_the_same_bytes(crew: Crew, right: dict[str, bytes], workers: int) -> None:
    assert crew.drawn(workers) == right
    assert not list(crew.on_the_way.iterdir())
    assert len(right) == 4 and all(len(data) > 500 for data in right.values())
    assert len(crew.workers) == workers
    assert sum(crew.heard) == crew.programme.n_frames


def test_there_are_no_more_workers_than_segments(crew: Crew) -> None:
    crew.segments = crew.segments[:1]
    assert len(crew.drawn(workers=8)) == len(crew.workers) == 1


# --- what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("workers", "trouble"), [(1, crashed), (2, killed)])
def test_a_worker_that_dies_is_replaced(
    crew: Crew, right: dict[str, bytes], tmp_path: Path, workers: int, trouble: Callable[[], None]
) -> None:
    places = tmp_path / "places"
    places.mkdir()
    assert crew.drawn(workers, Troubled(crew.encoding, places, trouble, number=2, times=1)) == right
    assert (places / "trouble 0").exists()
    assert len(crew.workers) == workers + 1
    assert min(crew.heard) == -3, "what it had drawn of the segment counts no more"
    assert sum(crew.heard) == crew.programme.n_frames


@pytest.mark.parametrize(
    ("trouble", "how"),
    [
        (killed, r"was ended by SIGKILL while drawing frame (\d+), in the beat '(\w+)' \(out of memory\?\)"),
        (leaving, r"ended with exit code 3 while drawing frame (\d+), in the beat '(\w+)'"),
    ],
)
def test_two_that_die_of_one_segment_end_the_run_and_what_is_finished_stays(
    crew: Crew, right: dict[str, bytes], tmp_path: Path, trouble: Callable[[], None], how: str
) -> None:
    with pytest.raises(MachineError) as caught:
        crew.drawn(1, Troubled(crew.encoding, tmp_path, trouble, number=2))
    told = re.fullmatch(rf"a worker process {how}; so did another before it", str(caught.value))
    assert told is not None, str(caught.value)
    second = crew.segments[1]
    fourth = second.first + sum(repeat for _, repeat in second.frames[:3])
    assert (int(told[1]), told[2]) == (fourth, second.beat)
    assert crew.kept() == {crew.segments[0].key: right[crew.segments[0].key]}
    assert crew.drawn(1) == right


@pytest.mark.parametrize(
    ("trouble", "kind", "told"),
    [
        (wrong_script, UserError, r"scene\.yaml:3:1: no such tensor"),
        (no_window, MachineError, "no OpenGL here"),
        (full, MachineError, r"the cache .*/cache cannot be written: No space left on device; .* --cache"),
        (bug, RuntimeError, r"(?s)in a worker process:\nTraceback.*trouble\.py.*ZeroDivisionError: a bug\n"),
    ],
)
def test_what_goes_wrong_in_a_worker_is_told(
    crew: Crew, tmp_path: Path, trouble: Callable[[], None], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind) as caught:
        crew.drawn(2, Troubled(crew.encoding, tmp_path, trouble, number=2))
    assert re.fullmatch(told, str(caught.value)), str(caught.value)
    if isinstance(caught.value, RenderError):
        assert caught.value.exit_code == (2 if kind is UserError else 1)


# --- the end of it ----------------------------------------------------------------------------------------------

LONG = """
title: Long
prompt: CBABBC
video: {size: 96x64, fps: 60}
beats:
- {id: a, for: 9s, camera: {frame: h.0, over: 8s}}
- {id: b, for: 9s, camera: {frame: h.2, over: 8s}}
- {id: c, for: 9s, camera: {frame: model, over: 8s}}
"""


def test_a_worker_that_is_told_to_go_puts_away_what_it_was_doing(crew: Crew, tmp_path: Path) -> None:
    troubled = Troubled(crew.encoding, tmp_path, told_to_go, at=3)
    worker = Worker(crew.programme, troubled, crew.cache, crew.on_the_way, threads=1)
    worker.give(crew.segments[1])
    told = []
    with pytest.raises(EOFError):
        while worker.segment:
            told.append(worker.take())
    worker.dismiss()
    worker.gone()
    assert len(told) == 3 and worker.process.returncode == -signal.SIGTERM
    assert not list(crew.on_the_way.iterdir()) and not list(crew.cache.folder.rglob("*"))


@pytest.mark.parametrize(
    ("code", "whom"), [(signal.SIGINT, "all"), (signal.SIGTERM, "parent"), (signal.SIGKILL, "parent")], ids=str
)
def test_workers_and_encoders_end_with_their_parent(code: signal.Signals, whom: str, tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group of a terminal, a service is told to end, a parent may be killed."""
    (tmp_path / "scene.yaml").write_text(LONG)
    parent = subprocess.Popen(
        [sys.executable, "-m", "render", "scene.yaml", "-o", "film.mp4", "--workers", "2"],
        cwd=tmp_path,
        env={**os.environ, "RENDER_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    def theirs() -> list[int]:
        return [own for own in descendants(parent.pid) if "ffmpeg" in command_of(own)]

    assert until(lambda: len(theirs()) == 2), "two workers with an encoder each"
    all_of_them = descendants(parent.pid)
    (os.killpg if whom == "all" else os.kill)(parent.pid, code)
    _, told = parent.communicate(timeout=20)
    assert until(lambda: not any(map(is_running, all_of_them)), 10)
    if code == signal.SIGKILL:
        assert parent.returncode == -code and told == ""
        return
    assert (parent.returncode, told) == (130, "render: stopped\n")
    assert {path.name for path in tmp_path.iterdir()} <= {"scene.yaml", "cache"}
    left = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert all(path.parent.parent.name == KIND and path.suffix == "" for path in left), left
    assert not list((tmp_path / "cache").glob(".*"))


def test_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    """Neither in a worker nor in its parent, in some hundred frames, by a quarter of what these would take."""
    path = tmp_path / "scene.yaml"
    path.write_text(LONG.replace("96x64", "640x360").replace("for: 9s", "for: 2s").replace("over: 8s", "over: 2s"))
    programme = load(path).programme
    crew = Crew(programme, cut(programme, 0, programme.n_frames, {}), tmp_path)
    sizes: list[tuple[int, int]] = []

    def weigh() -> None:
        (worker,) = (own for own in crew.workers if is_running(own))
        sizes.append((resident(worker), resident(os.getpid())))

    crew.drawn(1, hear=weigh)
    assert len(sizes) > 300
    early, late = (np.median(some, axis=0) for some in (sizes[100:140], sizes[-40:]))
    frames = (len(sizes) - 140) * 640 * 360 * 4
    assert ((late - early) < frames / 4).all(), (late - early) / 1e6
