"""What a farm costs besides drawing: python scripts/farm_bench.py [SEGMENTS] [WORKERS].

Workers that answer at once, with as many bytes as a segment has, show what client and scheduler can take; all three
are processes of their own, and what each has used of the processor is told.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil
from distributed import Client

from render.cache import Cache
from render.farm import cluster
from render.farm.segments import Segment
from render.farm.unit import Unit
from render.film import load
from render.programme import Moment
from render.video.encoding import encoding_for

BYTES = 600_000
"""About what a segment of the walkthrough has at 1080p."""


class Idle(Unit):
    """Draws nothing, at once."""

    def draw(self, segment: Segment) -> bytes:
        return os.urandom(BYTES)


def main(n_segments: int, n_workers: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "scheduler.json"
        start = partial(
            subprocess.Popen, cwd=folder, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.getcwd()}
        )
        dask = [sys.executable, "-m", "dask"]
        scheduler = start([*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)])
        begun = time.monotonic()
        workers = [
            start([*dask, "worker", "--scheduler-file", str(file), "--no-nanny", "--nthreads", "1", "--no-dashboard"])
            for _ in range(n_workers)
        ]
        try:
            while not file.exists():
                time.sleep(0.05)
            address = json.loads(file.read_text())["address"]
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(n_workers)
            print(f"{n_workers} workers have joined after {time.monotonic() - begun:.1f} s")
            measure(address, n_segments, folder, scheduler.pid, [own.pid for own in workers])
        finally:
            for process in [*workers, scheduler]:
                process.kill()


def measure(address: str, n_segments: int, folder: Path, scheduler: int, workers: list[int]) -> None:
    programme = load("scenes/sort.yaml").programme
    encoding = encoding_for(folder / "film.mp4", programme.size, programme.fps)
    frames = tuple((Moment(0, 3, n / 30), 1) for n in range(48))
    segments = [Segment(n, "beat", 48 * n, frames, f"{n:032x}") for n in range(n_segments)]
    print(f"a segment is {len(pickle.dumps(segments[0])):,} bytes to a worker and {BYTES:,} back")
    cluster.Unit = Idle  # type: ignore[misc]
    names = {"client": os.getpid(), "scheduler": scheduler, "a worker": workers[0]}
    before = {name: used(process) for name, process in names.items()}
    memory = psutil.Process().memory_info().rss
    begun, done = time.monotonic(), 0
    first = peak = 0.0

    def report(more: int) -> None:
        nonlocal done, first, peak
        done += 1
        first = first or time.monotonic() - begun
        peak = max(peak, psutil.Process().memory_info().rss - memory)

    cache = Cache(folder / "cache", 10**11)
    cluster.draw_on_cluster(programme, segments, encoding, cache, folder, farm=address, report=report)
    taken = time.monotonic() - begun
    print(f"the first of {done:,} segments after {first:.1f} s, all after {taken:.1f} s: {done / taken:.0f} a second")
    for name, process in names.items():
        print(f"{name}: {1e3 * (used(process) - before[name]) / n_segments:.2f} ms of a processor for each segment")
    print(f"the client has taken {peak / 2**20:.0f} MiB more, the scheduler has {resident(scheduler):.0f} MiB")


def used(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


def resident(process: int) -> float:
    return float(psutil.Process(process).memory_info().rss / 2**20)


if __name__ == "__main__":
    main(*(int(argument) for argument in [*sys.argv[1:], "1000", "2"][:2]))
