from __future__ import annotations

import os
from pathlib import Path

import pytest

from render.farm import machine
from render.farm.machine import default_workers, usable_cores, usable_memory

GIB = 2**30


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    return tmp_path


def test_without_a_limit_all_cores_of_our_affinity(cgroup: Path) -> None:
    expected = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert usable_cores() == expected


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "250000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
    ],
)
def test_a_quota_of_processor_time(
    cgroup: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name, text in files.items():
        (cgroup / name).parent.mkdir(exist_ok=True)
        (cgroup / name).write_text(text)
    assert usable_cores() == cores


def test_a_limit_on_memory(cgroup: Path) -> None:
    free = usable_memory()
    assert free > 0
    (cgroup / "memory.max").write_text("max\n")
    (cgroup / "memory.current").write_text("123\n")
    assert usable_memory() == pytest.approx(free, rel=0.2)
    (cgroup / "memory.max").write_text(f"{GIB // 2}\n")
    (cgroup / "memory.current").write_text(f"{GIB // 4}\n")
    assert usable_memory() == GIB // 4
    (cgroup / "memory.stat").write_text(f"anon 5\ninactive_file {GIB // 8}\n")
    assert usable_memory() == GIB // 4 + GIB // 8


@pytest.mark.parametrize(("cores", "memory", "workers"), [(2, 8 * GIB, 2), (16, 2 * GIB, 3), (1, GIB, 1), (4, 1000, 1)])
def test_workers_fit_the_cores_and_the_memory(
    monkeypatch: pytest.MonkeyPatch, cores: int, memory: int, workers: int
) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: cores)
    monkeypatch.setattr(machine, "usable_memory", lambda: memory)
    assert default_workers() == workers
