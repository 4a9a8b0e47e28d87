"""A farm of Dask's: the same bytes as one machine makes, whoever is lost, and nobody who would make others."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster
from processes import children, command_of, descendants, end, is_running, until
from trouble import Troubled, full, killed, orphaned

from render.cache import Cache
from render.errors import MachineError, UserError
from render.farm import cluster
from render.farm.cluster import draw_on_cluster
from render.farm.segments import Segment, cut
from render.farm.unit import Unit, shoot
from render.farm.watch import Heard
from render.farm.worker import KIND
from render.farm.workers import draw_segments
from render.film import load
from render.model.built_in import BUILT_IN
from render.programme import Programme
from render.video.encoding import encoding_for

pytestmark = [
    # Dask leaves sockets and event loops of connections that were cut to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed (<socket|<asyncio|event loop|transport):ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:.*<(socket|asyncio|_SelectorTransport|_UnixSelectorEventLoop).*:pytest.PytestUnraisableExceptionWarning"
    ),
]

BEAT = "- {{id: beat-{n}, for: 1s, say: 'Number {n}.', camera: {{frame: h.{layer}, azimuth: {n}}}}}\n"
SCRIPT = """\
title: Small
model: ./nano-sort.safetensors
prompt: CBABBC
video: {size: 96x64, fps: 12}
beats:
""" + "".join(BEAT.format(n=n, layer=n % 3) for n in range(10))


@pytest.fixture(scope="module", autouse=True)
def _sockets() -> Iterator[None]:
    """What Dask has left is collected here, where it is known, and not in whatever test comes next.

    Made first, so that it ends last, when no cluster is there any more.
    """
    yield
    for _ in range(5):  # what a finalizer lets go of is collected the next time
        gc.collect()


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenes") / "small.yaml"
    path.write_text(SCRIPT)
    shutil.copy(BUILT_IN["nano-sort"].weights(), path.parent)
    return path


@pytest.fixture(scope="module")
def programme(script: Path) -> Programme:
    return load(script).programme


@pytest.fixture(scope="module")
def right(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of every segment by key, drawn on this machine without a farm."""
    own = Film(programme, tmp_path_factory.mktemp("right"))
    folder = own.folder
    draw_segments(own.programme, own.segments, own.encoding, own.cache, folder, workers=1, report=own.report)
    return own.kept


@pytest.fixture(scope="module")
def two_machines() -> Iterator[LocalCluster]:
    """Two workers, each with a nanny who replaces it; a segment of which two die is given up."""
    settings = {
        "distributed.scheduler.worker-saturation": 1.0,
        "distributed.scheduler.allowed-failures": 1,
        "distributed.deploy.lost-worker-timeout": "1 day",
    }
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as own,
    ):
        yield own


@pytest.fixture
def farm(two_machines: LocalCluster) -> str:
    """Where two workers are: one that an earlier test has ended takes a moment to be replaced."""
    two_machines.wait_for_workers(2, timeout=30)
    return str(two_machines.scheduler_address)


@dataclass
class Film:
    """A film, drawn into a cache of its own, and what is heard meanwhile."""

    programme: Programme
    folder: Path
    encoding: Any = None
    n_frames: int = 0
    words: list[Heard] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)
    act: Callable[[Heard], object] = lambda heard: None

    def __post_init__(self) -> None:
        self.encoding = self.encoding or encoding_for("film.mp4", self.programme.size, self.programme.fps)
        self.cache = Cache(self.folder / "cache")
        self.segments: tuple[Segment, ...] = cut(self.programme, 0, self.programme.n_frames, {})

    def drawn(self, farm: str, workers: int | None = None) -> dict[str, bytes]:
        folder = self.folder / "on the way"
        folder.mkdir(parents=True, exist_ok=True)
        draw_on_cluster(
            self.programme,
            [segment for segment in self.segments if segment.key not in self.kept],
            self.encoding,
            self.cache,
            folder,
            farm=farm,
            workers=workers,
            report=self.report,
            watch=self,
        )
        return self.kept

    @property
    def kept(self) -> dict[str, bytes]:
        found = {own.key: self.cache.read(KIND, own.key) for own in self.segments}
        return {key: data for key, data in found.items() if data is not None}

    def report(self, more: int) -> None:
        self.n_frames += more

    def heard(self, heard: Heard) -> None:
        self.words.append(heard)
        self.act(heard)

    def waiting(self, what: str) -> None:
        self.awaited.append(what)


@pytest.fixture
def film(programme: Programme, tmp_path: Path) -> Film:
    return Film(programme, tmp_path)


class Machines:
    """A scheduler and workers, each a process as people start it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def scheduler(self, port: int = 0) -> tuple[str, subprocess.Popen[bytes]]:
        """Its address, when it listens, and its process."""
        file = self._folder / f"scheduler-{len(self._started)}.json"
        own = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--scheduler-file", str(file))
        assert until(lambda: file.exists() and file.read_text().endswith("}"))
        return json.loads(file.read_text())["address"], own

    def worker(self, address: str, **environment: str) -> subprocess.Popen[bytes]:
        place = ("--local-directory", str(self._folder / f"worker-{len(self._started)}"))
        return self._start("worker", address, "--no-nanny", "--nthreads", "1", *place, **environment)

    def _start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with open(self._folder / f"log-{len(self._started)}", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "dask", *command, "--no-dashboard"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        end([own for process in self._started for own in [process.pid, *descendants(process.pid)]])
        for process in self._started:
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    own = Machines(tmp_path)
    yield own
    own.end()


def processes_of(farm: str) -> dict[str, int]:
    """The process of every Dask worker by its address."""
    with Client(farm, set_as_default=False) as client:
        found: dict[str, int] = client.run(os.getpid)
        return found


def drawing(processes: Iterable[int]) -> list[int]:
    """The processes that draw for Dask workers."""
    return [own for process in processes for own in children(process) if "farm.worker" in command_of(own)]


# --- the same bytes ---------------------------------------------------------------------------------------------


def test_a_farm_of_this_machine_makes_the_same_bytes_as_none(film: Film, right: dict[str, bytes]) -> None:
    assert film.drawn("local", workers=1) == right
    assert len(right) == 10 and all(len(data) > 500 for data in right.values())
    assert film.n_frames == film.programme.n_frames == 120
    assert len({word.worker for word in film.words}) == 1
    assert [word.segment for word in film.words if word.n_drawn == word.n_frames] == list(range(10))
    assert not drawing(descendants(os.getpid()))


def test_what_is_lost_with_a_process_or_a_worker_is_drawn_by_another(
    farm: str, film: Film, right: dict[str, bytes], tmp_path: Path
) -> None:
    processes, lost, orphans = processes_of(farm), set[str](), list[int]()

    def kill(heard: Heard) -> None:
        if heard.segment >= 4 and heard.n_drawn == 0 and not lost:
            lost.add(heard.worker)
            orphans.extend(drawing([processes[heard.worker]]))
            os.kill(processes[heard.worker], signal.SIGKILL)

    film.act = kill
    film.encoding = Troubled(film.encoding, tmp_path, killed, number=2, times=1)
    assert film.drawn(farm) == right
    assert (tmp_path / "trouble 0").exists() and lost and film.n_frames == 120
    assert {word.worker for word in film.words} > lost
    begun = [word.segment for word in film.words if word.n_drawn == 0]
    assert len(begun) >= 12, "one more of each"
    assert orphans and until(lambda: not any(map(is_running, orphans)))
    assert not film.awaited, "the workers see its model where it is"
    assert until(lambda: not drawing(processes_of(farm).values())), "nobody draws when it is over"


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            killed,
            r"on the farm's worker tcp://127\.0\.0\.1:\d+: a worker process was ended by SIGKILL while drawing frame "
            r"(?P<frame>\d+), in the beat '(?P<beat>beat-\d)' \(out of memory\?\)",
        ),
        (
            orphaned,
            r"2 of the farm's workers were lost while they drew the frames (?P<frame>\d+) to \d+, in the beat "
            r"'(?P<beat>beat-\d)' \(out of memory\?\); the last was tcp://127\.0\.0\.1:\d+",
        ),
    ],
)
def test_a_segment_that_ends_all_who_draw_it_ends_the_run_and_what_is_finished_stays(
    farm: str, film: Film, right: dict[str, bytes], tmp_path: Path, trouble: Callable[[], None], told: str
) -> None:
    film.segments = film.segments[:2]
    film.encoding = Troubled(film.encoding, tmp_path, trouble, number=2)
    with pytest.raises(MachineError) as caught:
        film.drawn(farm)
    found = re.fullmatch(told, str(caught.value))
    assert found is not None, str(caught.value)
    assert found["beat"] == f"beat-{int(found['frame']) // 12}"
    assert len(film.kept) <= 1 and film.kept.items() < right.items()


def test_a_disk_that_is_full_over_there_ends_the_run_and_says_whose(farm: str, film: Film, tmp_path: Path) -> None:
    film.segments = film.segments[:2]
    film.encoding = Troubled(film.encoding, tmp_path, full)
    with pytest.raises(MachineError) as caught:
        film.drawn(farm)
    told = r"on the farm's worker tcp://127\.0\.0\.1:\d+: the cache .* cannot be written: No space left on device; .*"
    assert re.fullmatch(told, str(caught.value)), str(caught.value)
    assert "the scheduler, which is gone" not in film.awaited


def test_what_a_worker_itself_cannot_write_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Unit("film", *[None] * 4)  # type: ignore[arg-type]
    monkeypatch.setattr(own, "draw", lambda segment: full())
    monkeypatch.setattr("render.farm.unit.get_worker", lambda: SimpleNamespace(address="there", plugins={"film": own}))
    with pytest.raises(MachineError, match=r"^on the farm's worker there: .*No space left on device"):
        shoot(None, "film")  # type: ignore[arg-type]
    with pytest.raises(ConnectionError, match="there has not heard of the film"):
        shoot(None, "another film")  # type: ignore[arg-type]


def test_a_worker_of_this_machine_is_not_given_up_while_it_starts_again(tmp_path: Path) -> None:
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "10 ms"}),
        cluster._scheduler("local", 1, tmp_path) as own,
    ):
        ((address, process),) = processes_of(own).items()
        os.kill(process, signal.SIGKILL)
        with Client(own, set_as_default=False) as client:

            def others() -> set[str]:
                return {*client.scheduler_info()["workers"]} - {address}

            assert until(others), "it is back"
            assert not until(lambda: not others(), 1.0), "and stays"


def test_nothing_is_left_on_a_farm_by_a_client_that_was_killed(farm: str, script: Path, tmp_path: Path) -> None:
    client = subprocess.Popen(
        [sys.executable, "-m", "render", str(script), "--fps", "60", "-o", "film.mp4", "--no-cache", "--farm", farm],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with Client(farm, set_as_default=False) as own:

        def draws() -> list[int]:
            return drawing(own.run(os.getpid).values())

        try:
            assert until(draws)
        finally:
            client.kill()
            client.wait()
        assert until(lambda: not own.run_on_scheduler(_plugins))
        assert until(lambda: not draws())


def _plugins(dask_scheduler: Any) -> list[str]:
    return [name for name in [*dask_scheduler.worker_plugins, *dask_scheduler.plugins] if name.startswith("render")]


# --- models by path ---------------------------------------------------------------------------------------------


def test_a_model_by_path_reaches_workers_that_do_not_see_it_once(
    farm: str, right: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/proc/self/cwd` is another folder to every process that was started elsewhere."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(BUILT_IN["nano-sort"].weights(), tmp_path / "nano-sort.safetensors")
    path = "/proc/self/cwd/nano-sort.safetensors"
    script = tmp_path / "scene.yaml"
    script.write_text(SCRIPT.replace("./nano-sort.safetensors", path))
    programme = load(script).programme

    first, second = Film(programme, tmp_path / "first"), Film(programme, tmp_path / "second")
    assert first.drawn(farm) == right
    assert first.awaited == [f"the files of {path} to arrive"]
    sent = _copies(farm)
    assert len(sent) == 2 and all(len(own) == 1 for own in sent.values()), sent

    second.segments = second.segments[:1]
    assert second.drawn(farm).items() < right.items()
    assert not second.awaited and _copies(farm) == sent, "it is there already"


def _copies(farm: str) -> dict[str, list[tuple[Path, int]]]:
    """The files that every worker was sent, and when they were written."""

    def find(dask_worker: Any) -> list[tuple[Path, int]]:
        found = Path(dask_worker.local_directory).rglob("*.safetensors")
        return [(own, own.stat().st_mtime_ns) for own in found]

    with Client(farm, set_as_default=False) as client:
        copies: dict[str, list[tuple[Path, int]]] = client.run(find)
        return copies


# --- who takes part ---------------------------------------------------------------------------------------------


def test_a_worker_that_would_make_other_bytes_is_refused_whenever_it_joins(film: Film, machines: Machines) -> None:
    address, _ = machines.scheduler()
    odd = {"LP_NATIVE_VECTOR_WIDTH": "128", "OPENBLAS_CORETYPE": "Katmai"}
    start = threading.Timer(0, lambda: machines.worker(address, **odd))
    film.waiting = lambda what: start.start()  # type: ignore[method-assign]
    for _ in range(2):  # first it joins later, then it is there already
        with pytest.raises(UserError) as caught:
            film.drawn(address)
        told = str(caught.value)
        assert re.match(r"the farm's worker tcp://127\.0\.0\.1:\d+ differs: ", told), told
        assert re.search(r"OpenGL llvmpipe \(.*\), software.* here, llvmpipe \(.*128 bits\).* there; ", told), told
        assert re.search(r"arithmetic openblas .* here, openblas Katmai, .* there; ", told), told
        assert "LP_NATIVE_VECTOR_WIDTH=128" in told and "OPENBLAS_CORETYPE" in told
        assert film.kept == {} and film.n_frames == 0


def test_a_run_outlives_its_scheduler_if_another_takes_its_place(
    film: Film, machines: Machines, right: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, scheduler = machines.scheduler()
    port = int(address.rpartition(":")[2])
    machines.worker(address)

    def replace() -> None:
        scheduler.kill()
        scheduler.wait()
        _, again = machines.scheduler(port)
        running.append(again)
        machines.worker(address)

    running: list[subprocess.Popen[bytes]] = []
    replacing = threading.Thread(target=replace)
    film.act = lambda heard: replacing.start() if heard.segment == 4 and not replacing.ident else None
    assert film.drawn(address) == right
    assert film.n_frames == 120
    assert "the scheduler, which is gone" in film.awaited

    # And another time, for good.
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    other = Film(film.programme, tmp_path / "other")
    other.act = lambda heard: running[0].kill() if heard.segment == 4 else None
    with pytest.raises(MachineError) as caught:
        other.drawn(address)
    n_kept = len(other.kept)
    assert str(caught.value) == (
        f"the scheduler at {address} is gone, and was not back within 1 seconds; {n_kept} of 10 segments are finished "
        "and kept, and the same command goes on from there"
    )
    assert 2 <= n_kept < 10 and other.kept.items() <= right.items()


def test_a_connection_that_is_cut_is_made_again(farm: str, film: Film, right: dict[str, bytes]) -> None:
    """The scheduler is there all the time, so Dask's client is back before anybody knows that it was away."""

    def cut(dask_scheduler: Any) -> None:
        for client, comm in dask_scheduler.client_comms.items():
            if f"render-{client}" in dask_scheduler.plugins:
                comm.abort()

    def act(heard: Heard) -> None:
        if heard.segment == 4 and not cutting.ident:
            cutting.start()

    def cut_now() -> None:
        with Client(farm, set_as_default=False) as client:
            client.run_on_scheduler(cut)

    cutting = threading.Thread(target=cut_now)
    film.act = act
    assert film.drawn(farm) == right
    assert "the scheduler, which is gone" in film.awaited
    assert film.n_frames == 120 and len(film.words) > 20
    with Client(farm, set_as_default=False) as client:
        assert until(lambda: not client.run_on_scheduler(_plugins))


# --- what people say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--farm", "everywhere"], "'everywhere' is no farm: give 'local', or the address of a Dask scheduler, "),
        (["--farm", "tcp://somewhere"], "'tcp://somewhere' is no farm: "),
        (["--farm", "tcp://127.0.0.1:1", "--workers", "3"], "give --workers with --farm local only"),
        (["--farm", "tcp://127.0.0.1:1"], "no Dask scheduler answers at tcp://127.0.0.1:1: `dask scheduler` starts "),
    ],
)
def test_what_is_no_farm_is_told(call: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    code, out, err = call("scene.yaml", "--no-cache", *arguments)
    assert (code, out) == (2, "") and told in err and err.count("\n") == 1


def test_a_farm_without_dask_is_told(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, err = call("scene.yaml", "--farm", "local")
    assert (code, err) == (
        2,
        "render: a farm needs Dask, which is not installed; this brings it: pip install 'render[farm]'\n",
    )
