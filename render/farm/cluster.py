"""Segments drawn by a cluster of Dask's: this process hands them out and keeps what comes back.

Nothing but messages passes between the machines. Dask gives the segments of a worker that is lost to others, keeps
those that nobody has begun for whoever is free first, and takes in workers that join later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from render.cache import Cache
from render.errors import MachineError, RenderError, UserError
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

    Raises UserError as `check_farm`, where no scheduler is there, and where a worker would make other bytes; MachineError
    where a segment ends several workers, and where the scheduler is lost for good. What is finished stays in the cache.
    """
    check_farm(farm, workers)
    parcels = parcels_of(programme)
    waiting = {segment.number: segment for segment in segments}
    losses = 0
    with _scheduler(farm, workers, folder) as address:
        while waiting:
            losses += 1
            try:
                with _client(address, ANSWER if losses == 1 else PATIENCE) as client:
                    shooting = _Shooting(client, programme, encoding, parcels, watch)
                    for segment, data in shooting.drawn(list(waiting.values())):
                        cache.keep(KIND, segment.key, data)
                        del waiting[segment.number]
                        losses = 1
                        report(segment.n_frames)
            except _Lost as lost:
                n_segments = len(segments)
                if len(waiting) == n_segments and losses == 1:
                    raise UserError(f"no Dask scheduler answers at {farm}; `dask scheduler` starts one") from lost
                if losses > MOST_LOSSES:
                    raise MachineError("") from lost
