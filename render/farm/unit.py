"""A Dask worker's part in a film: it drives worker processes of ours, one for each of its threads.

OpenGL wants a process of its own, with the right number of threads, and what crashes in there is not Dask's.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from distributed import SchedulerPlugin, WorkerPlugin, get_worker
from distributed import Worker as DaskWorker
from distributed.scheduler import Scheduler

from render.cache import Cache
from render.errors import MachineError, RenderError, UserError
from render.farm.identity import differences, identity
from render.farm.parcel import Parcel, roles, with_models_at
from render.farm.segments import Segment
from render.farm.watch import Heard
from render.farm.worker import KIND
from render.farm.workers import Worker
from render.model import Repertoire
from render.programme import Programme
from render.stage.pyramid import keep_pyramid
from render.video.encoding import Encoding

THREADS = 1
"""With how many threads a process draws: as everywhere in Dask, a machine's workers have a thread for each core."""

PULSE = 1.0
"""Seconds between two words on how far a segment is."""

_REMEDIES = {
    "OpenGL": "for one picture everywhere use one container image, and LP_NATIVE_VECTOR_WIDTH=128 (256, 512) on every "
    "machine for software OpenGL on processors of different kinds",
    "arithmetic": "for one rounding everywhere set OPENBLAS_CORETYPE (such as Haswell) on every machine, and "
    "NPY_DISABLE_CPU_FEATURES to what some of the processors lack",
}
_VERSIONS = "install the same versions on every machine, as one container image has them"


@dataclass(frozen=True)
class Unfit:
    """Why a worker that has joined cannot take part."""

    error: RenderError


@dataclass(frozen=True)
class Lacking:
    """What a worker needs before it can draw.

    models: the paths, as scripts say them
    """

    models: tuple[str, ...]


class Unit(WorkerPlugin):
    """What a Dask worker has to know of a film, and the processes there that draw it.

    Dask brings it to every worker, also to those that join later. It says no to a worker that would draw other bytes.
    """

    def __init__(
        self,
        name: str,
        programme: Programme,
        encoding: Encoding,
        made_with: Mapping[str, str],
        parcels: Mapping[str, Parcel],
    ) -> None:
        """
        name:      of this plugin
        made_with: the `identity` that all have to share
        parcels:   checkpoints by the paths that the scripts say
        """
        self.name = name
        self._programme, self._encoding, self._made_with, self._parcels = programme, encoding, made_with, parcels
        self.unfit: RenderError | None = None

    async def setup(self, worker: DaskWorker) -> None:
        """Raises UserError where this worker differs, MachineError where it cannot draw."""
        self._worker = worker
        self._folder = folder_of(worker)
        self._on_the_way = self._folder / "on the way"
        self._cache = Cache(self._folder / "cache")
        self._lock = threading.Lock()
        self._ready: Programme | None = None
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._over = False
        self.unfit = await asyncio.to_thread(self._trouble, worker.address)
        if self.unfit:
            raise self.unfit

    def _trouble(self, address: str) -> RenderError | None:
        try:
            self._on_the_way.mkdir(parents=True, exist_ok=True)
            found = differences(dict(self._made_with), identity())
        except (RenderError, OSError) as error:
            return MachineError(f"the farm's worker {address} cannot draw: {error}")
        if not found:
            return None
        remedies = dict.fromkeys(_REMEDIES.get(difference.split()[0], _VERSIONS) for difference in found)
        return UserError(f"the farm's worker {address} differs: {'; '.join([*found, *remedies])}")

    async def teardown(self, worker: DaskWorker) -> None:
        """End the processes."""
        with self._lock:
            self._over = True
            idle, busy = self._idle, list(self._busy)
            self._idle = []
        for own in idle:
            own.dismiss()
        for own in busy:
            own.process.terminate()  # whoever waits for it hears that it has gone
        for own in idle + busy:
            await asyncio.to_thread(own.gone)

    def draw(self, segment: Segment) -> bytes | Unfit | Lacking:
        """The bytes of a segment. Raises what goes wrong."""
        if self.unfit:
            return Unfit(self.unfit)
        with self._lock:
            lacking = self._get_ready()
        if lacking:
            return lacking
        self._tell(segment, 0)
        told = time.monotonic()
        with self._process() as process:

            def hear(more: int) -> None:
                nonlocal told
                if more and time.monotonic() - told >= PULSE:
                    told = time.monotonic()
                    self._tell(segment, process.n_drawn)

            process.draw(segment, hear)
        data = self._cache.read(KIND, segment.key)
        if data is None:
            raise MachineError(f"{self._folder} does not keep what is written to it")
        self._cache.path(KIND, segment.key).unlink()
        self._tell(segment, segment.n_frames)
        return data

    def _get_ready(self) -> Lacking | None:
        """Find the models, once, and make what their processes share; what is lacking if some are not here."""
        if self._ready is not None:
            return None
        places = {path: self._place_of(parcel) for path, parcel in self._parcels.items()}
        missing = tuple(path for path, place in places.items() if place is None)
        if missing:
            return Lacking(missing)
        programme = with_models_at(self._programme, {path: place for path, place in places.items() if place})
        models = Repertoire()
        for role in roles(programme):
            keep_pyramid(models.model(role.model), self._cache)
        self._ready = programme
        return None

    def _place_of(self, parcel: Parcel) -> Path | None:
        """What names a checkpoint on this machine: the same file if it is seen here, or else the one that was sent."""
        if parcel.is_in(parcel.folder):
            return parcel.path
        sent = self._folder / parcel.place
        return parcel.at(sent) if sent.exists() else None

    @contextmanager
    def _process(self) -> Iterator[Worker]:
        """A process that draws, for as long as the block lasts; one that has failed is not used again."""
        with self._lock:
            if self._over:
                raise MachineError("the film is over")
            assert self._ready is not None
            own = (
                self._idle.pop()
                if self._idle
                else Worker(self._ready, self._encoding, self._cache, self._on_the_way, THREADS)
            )
            self._busy.add(own)
        try:
            yield own
        except BaseException:
            own.dismiss()
            own.gone()
            raise
        else:
            with self._lock:
                if not self._over:
                    self._idle.append(own)
        finally:
            with self._lock:
                self._busy.discard(own)

    def _tell(self, segment: Segment, n_drawn: int) -> None:
        heard = Heard(self._worker.address, segment.number, str(segment.beat), n_drawn, segment.n_frames)
        self._worker.log_event(self.name, asdict(heard))

    def __getstate__(self) -> dict[str, object]:
        own = ("name", "_programme", "_encoding", "_made_with", "_parcels", "unfit")
        return {name: getattr(self, name) for name in own}


class Freight(WorkerPlugin):
    """The files of a model, laid into a worker's own folder when it gets this, whether now or when it joins."""

    def __init__(self, name: str, parcel: Parcel) -> None:
        self.name, self._parcel = name, parcel
        self._contents = parcel.contents()

    async def setup(self, worker: DaskWorker) -> None:
        """Raises MachineError where there is no room for them."""
        contents, self._contents = self._contents, {}
        await asyncio.to_thread(self._parcel.lay, contents, folder_of(worker))


class Farewell(SchedulerPlugin):
    """Ends a film's work on all workers when the client that wanted it has gone, however that came about."""

    def __init__(self, name: str) -> None:
        self.name = name

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        if name_for(client) != self.name:
            return
        scheduler.remove_plugin(self.name)
        for name in list(scheduler.worker_plugins):
            if name.startswith(self.name):
                scheduler.loop.add_callback(scheduler.unregister_worker_plugin, None, name)


def name_for(client: str) -> str:
    """What the names of all plugins begin with that one of Dask's clients sends, by its id."""
    return f"render-{client}"


def folder_of(worker: DaskWorker) -> Path:
    """Where a Dask worker's own files are, for as long as it lives.

    Dask puts its folder on the path of modules first, so the name must be none that can be imported.
    """
    return Path(worker.local_directory, "render-farm")


def shoot(segment: Segment, unit: str) -> bytes | Unfit | Lacking:
    """The task: a segment, drawn by the Dask worker that this runs on.

    Raises MachineError where that goes wrong, and ConnectionError where its scheduler is not the one that was told of
    the film.
    """
    worker = get_worker()
    own = worker.plugins.get(unit)
    if own is None:
        raise ConnectionError(f"{worker.address} has not heard of the film")
    assert isinstance(own, Unit)
    try:
        return own.draw(segment)
    except (MachineError, OSError) as error:
        raise MachineError(f"on the farm's worker {worker.address}: {error}") from None
