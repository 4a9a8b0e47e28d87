"""What this machine has to offer: cores and memory that we may really use, containers included."""

from __future__ import annotations

import math
import os
from pathlib import Path

_WORKER_BYTES = 600 * 2**20
"""What a worker and its encoder take of a film at 1080p, with some to spare (measured: 550 MiB)."""

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Cores this process may run on: its affinity, and a container's quota of processor time (cgroup v2 or v1)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = (_numbers("cpu.max") or [math.inf, 1.0])[:2]
    if math.isinf(quota):
        quota = (_numbers("cpu/cpu.cfs_quota_us") or [-1.0])[0]
        period = (_numbers("cpu/cpu.cfs_period_us") or [100_000.0])[0]
    allowed = quota / period if quota > 0 else math.inf
    return max(1, math.floor(min(cores, allowed)))


def usable_memory() -> int:
    """Bytes of memory that can still be taken: what is free, and what a container's limit leaves."""
    free = math.inf
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
    elif hasattr(os, "sysconf"):
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit, used, stat in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        if (most := _numbers(limit)) and (now := _numbers(used)):
            free = min(free, max(0.0, most[0] - now[0] + _file_cache(stat)))
    return int(free)


def default_workers() -> int:
    """How many processes draw unless somebody says otherwise: one a core, as far as the memory goes."""
    return max(1, min(usable_cores(), usable_memory() // _WORKER_BYTES))


def _file_cache(stat: str) -> int:
    """Bytes of a control group that only cache files, and are given up when somebody needs them."""
    try:
        lines = dict(line.split() for line in (_CGROUP / stat).read_text().splitlines())
        return int(lines["inactive_file"])
    except (OSError, ValueError, KeyError):
        return 0


def _numbers(name: str) -> list[float] | None:
    """The numbers in a control-group file (`max` is infinity), or None where there is no such file."""
    try:
        words = (_CGROUP / name).read_text().split()
        return [math.inf if word == "max" else float(word) for word in words]
    except (OSError, ValueError):
        return None
