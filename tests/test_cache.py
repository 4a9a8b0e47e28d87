"""What is kept from run to run: whole or not at all, checked, bounded, shared."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from render.cache import SIZE, VARIABLE, Cache, passing_cache
from render.errors import MachineError


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "deep" / "cache")
    assert cache.read("segments", "abcd") is None
    cache.keep("segments", "abcd", b"bytes")
    assert cache.read("segments", "abcd") == b"bytes"
    assert cache.read("levels", "abcd") is None, "of another kind"
    assert [path.name for path in cache.folder.rglob("*") if path.is_file()] == ["abcd"]


@pytest.mark.parametrize("harm", ["cut", "changed", "longer", "empty"])
def test_a_damaged_entry_is_none(tmp_path: Path, harm: str) -> None:
    cache = Cache(tmp_path)
    cache.keep("segments", "abcd", b"0123456789" * 100)
    path = cache.path("segments", "abcd")
    whole = bytearray(path.read_bytes())
    match harm:
        case "cut":
            del whole[500:]
        case "changed":
            whole[17] ^= 1
        case "longer":
            whole += b"\0"
        case "empty":
            whole.clear()
    path.write_bytes(whole)
    assert cache.read("segments", "abcd") is None
    cache.keep("segments", "abcd", b"again")
    assert cache.read("segments", "abcd") == b"again"


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep("levels", "abcd", b"before")
    with pytest.raises(ZeroDivisionError), cache.writing("levels", "abcd") as part:
        part.write_bytes(b"half")
        raise ZeroDivisionError
    assert cache.read("levels", "abcd") == b"before"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, size=3 * (1000 + 32))
    for age, name in enumerate(["aa1", "bb2", "cc3", "dd4"]):
        cache.keep("segments", name, bytes(1000))
        long_ago = time.time() - 1000 + age
        os.utime(cache.path("segments", name), (long_ago, long_ago))
    assert cache.read("segments", "aa1") is not None, "used now, so the youngest"
    cache.trim()
    assert [path.name for path, _ in cache.entries()] == ["cc3", "dd4", "aa1"]
    Cache(tmp_path, size=1).trim({"cc3"})
    assert [path.name for path, _ in cache.entries()] == ["cc3"]


def test_what_killed_runs_left_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from render.cache import Cache
with Cache(Path(sys.argv[1])).workspace() as folder:
    (folder / "frames").write_bytes(bytes(10))
    print(folder, flush=True)
    sys.stdin.read()
"""
    killed, alive = (
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    )
    folders = []
    for process in (killed, alive):
        assert process.stdout is not None
        folders.append(Path(process.stdout.readline().decode().strip()))
    killed.kill()
    killed.wait()
    cache = Cache(tmp_path)
    cache.trim()
    assert [folder.exists() for folder in folders] == [True, True], "it may have started just now"
    for folder in folders:
        os.utime(folder, (0, 0))
    cache.trim()
    assert [folder.exists() for folder in folders] == [False, True]
    for process in (killed, alive):
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        process.wait()
    assert not folders[1].exists(), "gone with its block"


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match=r"the cache .*/file/cache cannot be written: .*--cache"):
        Cache(tmp_path / "file" / "cache").keep("segments", "abcd", b"bytes")


def test_it_is_cleared_and_nothing_else_is(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep("segments", "abcd", b"bytes")
    (tmp_path / "mine.txt").touch()
    cache.clear()
    assert cache.entries() == [] and (tmp_path / "mine.txt").exists()


def test_the_variable_names_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert Cache.usual() == Cache(tmp_path, SIZE)
    monkeypatch.delenv(VARIABLE)
    assert Cache.usual().folder.name == "render"


def test_a_passing_cache_leaves_nothing(tmp_path: Path) -> None:
    with passing_cache() as cache:
        cache.keep("segments", "abcd", b"bytes")
        assert cache.read("segments", "abcd") == b"bytes"
    assert not cache.folder.exists()


def test_several_processes_may_write_and_trim_at_once(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from render.cache import Cache
cache = Cache(Path(sys.argv[1]), size=20_000)
for round in range(60):
    name = f"{round % 20:02d}entry"
    cache.keep("segments", name, name.encode() * 300)
    assert cache.read("segments", name) in (None, name.encode() * 300)
    cache.trim()
"""
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    cache = Cache(tmp_path)
    assert sum(stat.st_size for _, stat in cache.entries()) <= 20_000
    for path, _ in cache.entries():
        assert cache.read("segments", path.name) == path.name.encode() * 300
