"""Segments drawn by a cluster of Dask's: this process hands them out and keeps what comes back.

Nothing but messages passes between the machines. Dask gives the segments of a worker that is lost to others, keeps
those that nobody has begun for whoever is free first, and takes in workers that join later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from render.cache import Cache
from render.errors import MachineError, UserError
from render.farm.address import LOCAL, check_farm
from render.farm.identity import identity
from render.farm.machine import default_workers
from render.farm.parcel import Parcel, parcels_of
from render.farm.segments import Segment
from render.farm.unit import Farewell, Freight, Lacking, Unfit, Unit, name_for, shoot
from render.farm.watch import Heard, Watch
from render.farm.worker import KIND
from render.farm.workers import MOST_DEATHS, Report
from render.programme import Programme
from render.video.encoding import Encoding

ANSWER = 10.0
"""Seconds within which a scheduler answers that is there."""

PATIENCE = 120.0
"""Seconds that a scheduler may be away before the run ends."""

MOST_LOSSES = 3
"""How often it may be lost while nothing gets finished."""

BATCH = 32
"""How many segments are fetched at a time: the others that are finished wait on their workers, not in our memory."""

MOST_FREIGHT = 2 * 10**9
"""How many bytes of models are sent at most: the scheduler holds them for workers that join later."""

_SETTINGS = {
    # A worker gets the next segment when it has finished one: nobody's queue is left to wait for at the end.
    "distributed.scheduler.worker-saturation": 1.0,
}


class _Lost(Exception):
    """The scheduler cannot be reached any more."""


def draw_on_cluster(
    programme: Programme,
    segments: Sequence[Segment],
    encoding: Encoding,
    cache: Cache,
    folder: Path,
    *,
    farm: str,
    workers: int | None = None,
    report: Report,
    watch: Watch | None = None,
) -> None:
    """Put every segment into the cache, drawn by the workers of a farm, each as soon as it is finished.

    farm:    where Dask's scheduler is, or `local` for a cluster of this machine, of as many processes as `workers`
    report:  called with how many more frames of the film there are, a segment's at a time
    watch:   hears what every worker has in hand

    Raises UserError as `check_farm`, where no scheduler is there, and where a worker would make other bytes;
    MachineError where a segment ends its workers, and where the scheduler is lost for good. What is finished stays.
    """
    check_farm(farm, workers)
    parcels = parcels_of(programme)
    waiting = {segment.number: segment for segment in segments}
    n_lost = 0
    with _scheduler(farm, min(workers or default_workers(), len(segments)), folder) as address:
        try:
            client = _connected(address, ANSWER)
        except _Lost:
            raise UserError(
                f"no Dask scheduler answers at {farm}: `dask scheduler` starts one, `dask worker {farm}` its workers"
            ) from None
        while True:
            try:
                with closing(client):
                    shooting = _Shooting(client, programme, encoding, parcels, watch)
                    with shooting.called():
                        for segment, data in shooting.drawn(list(waiting.values())):
                            cache.keep(KIND, segment.key, data)
                            del waiting[segment.number]
                            n_lost = 0
                            report(segment.n_frames)
                return
            except _Lost:
                n_lost += 1
            n_done = len(segments) - len(waiting)
            kept = (
                f"{n_done} of {len(segments)} segments are finished and kept, and the same command goes on from there"
            )
            if n_lost > MOST_LOSSES:
                raise MachineError(f"the scheduler at {farm} was lost {n_lost} times in a row; {kept}")
            if watch:
                watch.waiting("the scheduler, which is gone")
            try:
                client = _connected(address, PATIENCE)
            except _Lost:
                raise MachineError(
                    f"the scheduler at {farm} is gone, and was not back within {PATIENCE:g} seconds; {kept}"
                ) from None


@contextmanager
def _scheduler(farm: str, workers: int, folder: Path) -> Iterator[str]:
    """The address of the farm's scheduler, and of one that is there as long as the block for a local farm."""
    if farm != LOCAL:
        yield farm
        return
    with (
        dask.config.set(_SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            local_directory=str(folder),
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster.scheduler_address


def _connected(address: str, patience: float) -> Client:
    """A client of the scheduler at an address. Raises _Lost where none answers for so many seconds."""
    with _losing():
        return Client(address, timeout=patience, set_as_default=False)


@contextmanager
def _losing() -> Iterator[None]:
    """Inside the block Dask is spoken to: raises _Lost where it is not there any more."""
    try:
        yield
    except (OSError, CancelledError, asyncio.TimeoutError) as error:  # of Python 3.10, where it is no OSError
        raise _Lost from error


class _Shooting:
    """One film, or what is missing of it, in the hands of one client."""

    def __init__(
        self,
        client: Client,
        programme: Programme,
        encoding: Encoding,
        parcels: Mapping[str, Parcel],
        watch: Watch | None,
    ) -> None:
        self._client, self._parcels, self._watch = client, parcels, watch
        self._name = name_for(client.id)
        self._unit = Unit(self._name, programme, encoding, identity(), parcels)
        self._plugins: list[str] = []
        self._sent: set[str] = set()
        self._segments: dict[Future[Any], Segment] = {}
        self._rounds = count()

    @contextmanager
    def called(self) -> Iterator[None]:
        """All workers, and those to come, know of the film until the block ends.

        Raises what says that a worker cannot take part.
        """
        try:
            with _losing():
                self._call()
            yield
        finally:
            if self._client.status == "running":
                with suppress(_Lost), _losing():
                    self._dismiss()

    def _call(self) -> None:
        if self._watch:
            self._client.subscribe_topic(self._name, self._hear)
            if not self._client.scheduler_info()["workers"]:
                self._watch.waiting("workers")
        try:
            self._client.register_plugin(Farewell(self._name))
            self._plugins.append(self._name)
            self._client.register_plugin(self._unit)
        except (ImportError, AttributeError, RuntimeError) as error:
            raise UserError(
                f"the farm does not know what to do ({error}): install the same render, with its extra 'farm', on "
                "every machine, the scheduler's too"
            ) from error

    def _dismiss(self) -> None:
        self._client.cancel(list(self._segments), force=True)
        while self._plugins:
            self._client.unregister_worker_plugin(self._plugins.pop())

    def drawn(self, segments: Sequence[Segment]) -> Iterator[tuple[Segment, bytes]]:
        """The segments with their bytes, in the order in which they are finished."""
        with _losing():
            under_way = as_completed(self._handed_out(segments), loop=self._client.loop)
        for batch in under_way.batches():
            for start in range(0, len(batch), BATCH):
                lacking, again = set(), []
                for segment, answer in self._fetched(batch[start : start + BATCH]):
                    if isinstance(answer, Unfit):
                        raise answer.error
                    if isinstance(answer, Lacking):
                        lacking |= set(answer.models)
                        again.append(segment)
                    else:
                        yield segment, answer
                if again:
                    with _losing():
                        self._send(lacking)
                        under_way.update(self._handed_out(again))

    def _handed_out(self, segments: Sequence[Segment]) -> list[Future[Any]]:
        """A task for each segment; one whose process dies of it is tried again."""
        name = f"{self._name}-{next(self._rounds)}"
        keys = [(name, segment.number) for segment in segments]
        futures = self._client.map(shoot, segments, key=keys, unit=self._name, retries=MOST_DEATHS - 1)
        self._segments |= zip(futures, segments, strict=True)
        return list(futures)

    def _fetched(self, futures: Sequence[Future[Any]]) -> list[tuple[Segment, bytes | Unfit | Lacking]]:
        """What tasks have answered that are over. Raises what has gone wrong in one."""
        segments = [self._segments.pop(future) for future in futures]
        with _losing():
            for future, segment in zip(futures, segments, strict=True):
                if future.status == "error":
                    raise _told(future.exception(), segment)
            answers = self._client.gather(list(futures))
        for future in futures:
            future.release()
        return list(zip(segments, answers, strict=True))

    def _send(self, models: Iterable[str]) -> None:
        """Send the files of models that workers lack, to all of them, and to those to come."""
        for path in sorted(set(models) - self._sent):
            parcel = self._parcels[path]
            if parcel.n_bytes > MOST_FREIGHT:
                raise UserError(
                    f"{path} is {parcel.n_bytes / 1e9:.1f} GB, too much to be sent to every worker: put it where they "
                    f"all see it as {parcel.path}, on a shared disk or in their image"
                )
            if self._watch:
                self._watch.waiting(f"the files of {path} to arrive")
            freight = Freight(f"{self._name}-{len(self._sent)}", parcel)
            self._sent.add(path)
            self._plugins.append(freight.name)
            self._client.register_plugin(freight)

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        assert self._watch is not None
        self._watch.heard(Heard(**event[1]))


def _told(error: BaseException, segment: Segment) -> BaseException:
    """What went wrong with a segment, for people."""
    if not isinstance(error, KilledWorker):
        return error
    last = segment.first + segment.n_frames - 1
    return MachineError(
        f"{error.allowed_failures + 1} of the farm's workers were lost while they drew the frames {segment.first} to "
        f"{last}, in the beat '{segment.beat}' (out of memory?); the last was {error.last_worker.address}"
    )
