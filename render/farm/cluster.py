"""Segments drawn by a cluster of Dask's: this process hands them out and keeps what comes back.

Nothing but messages passes between the machines. Dask gives the segments of a worker that is lost to others, keeps
those that nobody has begun for whoever is free first, and takes in workers that join later.
"""

from __future__ import annotations

import concurrent.futures
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import LocalCluster

from render.cache import Cache
from render.errors import MachineError, UserError
from render.farm.address import LOCAL, check_farm
from render.farm.connection import ANSWER, Lost, close, connected, event_loop
from render.farm.machine import default_workers
from render.farm.parcel import parcels_of
from render.farm.segments import Segment
from render.farm.shooting import Shooting
from render.farm.watch import Watch
from render.farm.worker import KIND
from render.farm.workers import Report
from render.programme import Programme
from render.video.encoding import Encoding

PATIENCE = 120.0
"""Seconds that a scheduler may be away before the run ends."""

MOST_LOSSES = 3
"""How often it may be lost while nothing gets finished."""

WRITERS = 8
"""How many are written at a time: a disk that has to make sure of several does so at once."""

_SETTINGS = {
    # A worker gets the next segment when it has finished one: nobody's queue is left to wait for at the end.
    "distributed.scheduler.worker-saturation": 1.0,
    # A worker of this machine that was lost is started again; one that is still away after this time never would be.
    "distributed.deploy.lost-worker-timeout": "1 day",
}


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
    with _scheduler(farm, min(workers or default_workers(), len(segments)), folder) as address, event_loop() as loop:
        try:
            client = connected(address, loop, ANSWER)
        except Lost:
            raise UserError(
                f"no Dask scheduler answers at {farm}: `dask scheduler` starts one, `dask worker {farm}` its workers"
            ) from None
        while True:
            try:
                shooting = Shooting(client, programme, encoding, parcels, watch)
                with shooting.called():
                    for segment in _kept(shooting.drawn(list(waiting.values())), cache):
                        del waiting[segment.number]
                        n_lost = 0
                        report(segment.n_frames)
                return
            except Lost:
                n_lost += 1
            finally:
                close(client)
            n_done = len(segments) - len(waiting)
            kept = (
                f"{n_done} of {len(segments)} segments are finished and kept, and the same command goes on from there"
            )
            if n_lost > MOST_LOSSES:
                raise MachineError(f"the scheduler at {farm} was lost {n_lost} times in a row; {kept}")
            if watch:
                watch.waiting("the scheduler, which is gone")
            try:
                client = connected(address, loop, PATIENCE)
            except Lost:
                raise MachineError(
                    f"the scheduler at {farm} is gone, and was not back within {PATIENCE:g} seconds; {kept}"
                ) from None


def _kept(drawn: Iterator[tuple[Segment, bytes]], cache: Cache) -> Iterator[Segment]:
    """Put segments into the cache as they come, several at a time, and say when each is in there.

    Where the scheduler is lost meanwhile that is told when all that have come are.
    """
    lost: Lost | None = None
    writing: deque[tuple[Segment, concurrent.futures.Future[None]]] = deque()
    with ThreadPoolExecutor(WRITERS) as writers:
        try:
            for segment, data in drawn:
                writing.append((segment, writers.submit(cache.keep, KIND, segment.key, data)))
                while writing and (len(writing) == WRITERS or writing[0][1].done()):
                    yield _written(*writing.popleft())
        except Lost as error:
            lost = error
        while writing:
            yield _written(*writing.popleft())
    if lost:
        raise lost


def _written(segment: Segment, writing: concurrent.futures.Future[None]) -> Segment:
    writing.result()
    return segment


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
            dashboard_address="127.0.0.1:0",  # the usual port is taken where a film is being drawn already
            local_directory=str(folder),
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster.scheduler_address
