"""One film in the hands of one Dask client: its segments handed out as tasks, and what the tasks answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from render.errors import MachineError, UserError
from render.farm.connection import Lost, losing
from render.farm.identity import identity
from render.farm.parcel import Parcel
from render.farm.segments import Segment
from render.farm.unit import Farewell, Freight, Lacking, Unfit, Unit, name_for, shoot
from render.farm.watch import Heard, Watch
from render.farm.workers import MOST_DEATHS
from render.programme import Programme
from render.video.encoding import Encoding

BATCH = 32
"""How many segments are fetched at a time: the others that are finished wait on their workers, not in our memory."""

MOST_FREIGHT = 2 * 10**9
"""How many bytes of models are sent at most: the scheduler holds them for workers that join later."""


class Shooting:
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
            with losing():
                self._call()
            yield
        finally:
            if self._client.status == "running":
                with suppress(Lost), losing():
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
            with suppress(ValueError):  # it is not there any more: the scheduler is another one, or missed us meanwhile
                self._client.unregister_worker_plugin(self._plugins.pop())

    def drawn(self, segments: Sequence[Segment]) -> Iterator[tuple[Segment, bytes]]:
        """The segments with their bytes, in the order in which they are finished."""
        with losing():
            under_way = as_completed(self._handed_out(segments), loop=self._client.loop)
        for batch in under_way.batches():
            for start in range(0, len(batch), BATCH):
                lacking, again = set[str](), []
                for segment, answer in self._fetched(batch[start : start + BATCH]):
                    if isinstance(answer, Unfit):
                        raise answer.error
                    if isinstance(answer, Lacking):
                        lacking |= set(answer.models)
                        again.append(segment)
                    else:
                        yield segment, answer
                if again:
                    with losing():
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
        with losing():
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
