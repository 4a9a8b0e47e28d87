"""Whatever happens to a run, the next one goes on from what was finished, to the film of an undisturbed one."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import Call, left, shell
from processes import descendants, end, is_running, until

from render.cache import Cache
from render.farm.worker import KIND
from render.film import load
from render.video.encoding import encoding_for

SCENES = Path(__file__).parents[1] / "scenes"

HEAD = "title: Small\nprompt: CBABBC\nvideo: {size: 96x64, fps: 4}\nbeats:\n"
BEATS = [f"- {{id: beat-{i}, for: 1s, say: 'Number {i}.', camera: {{frame: h.{i % 3}}}}}\n" for i in range(8)]
SCRIPT = HEAD + "".join(BEATS)

RUN = ("scene.yaml", "-o", "film.mp4", "--workers", "1")
MINUTE = 60.0


@dataclass(frozen=True)
class Undisturbed:
    """A run that nothing happened to: the film, what it left in the cache, and how many seconds it took."""

    film: bytes
    cache: Path
    took: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    place = Place(tmp_path_factory.mktemp("undisturbed"))
    start = time.monotonic()
    done = place.run(*RUN)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(place.entries()) == 8 and place.odds() == []
    return Undisturbed((place.folder / "film.mp4").read_bytes(), place.cache.folder, time.monotonic() - start)


class Place:
    """A folder with a script, a cache and films."""

    def __init__(self, folder: Path, script: str = SCRIPT) -> None:
        self.folder, self.cache = folder, Cache(folder / "cache")
        (folder / "scene.yaml").write_text(script)

    @property
    def environment(self) -> dict[str, str]:
        return {"RENDER_CACHE": str(self.cache.folder)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return shell(*arguments, cwd=self.folder, **self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "render", *arguments]
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        env = {**os.environ, **self.environment}
        return subprocess.Popen(command, cwd=self.folder, env=env, text=True, start_new_session=True, **pipes)

    def entries(self) -> dict[str, int]:
        """The segments in the cache, and the file that each is: one that is written anew is another file."""
        return {path.name: stat.st_ino for path, stat in self.cache.entries()}

    def odds(self) -> list[Path]:
        """Whatever else is in the cache."""
        segments = {path for path, _ in self.cache.entries()}
        return [path for path in self.cache.folder.rglob("*") if path.is_file() and path not in segments]

    def take(self, cache: Path) -> None:
        """Have what a finished run has left."""
        shutil.copytree(cache, self.cache.folder)

    def film(self) -> bytes:
        return (self.folder / "film.mp4").read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# --- killed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_goes_on_from_what_was_finished(
    place: Place, undisturbed: Undisturbed, seed: int
) -> None:
    """Twenty moments in all: of the whole run, workers and encoders, or of the one process that they work for."""
    chance = random.Random(seed)
    for turn in range(5):
        before = place.entries()
        if len(before) > 4:  # something is left to be done at every moment
            for name in chance.sample(sorted(before), 4):
                place.cache.path(KIND, name).unlink()
                del before[name]
        run = place.start(*RUN[:-1], str(1 + seed % 2))
        time.sleep(chance.uniform(0.2, undisturbed.took))
        all_of_them = [run.pid, *descendants(run.pid)]
        end(all_of_them if turn % 2 else [run.pid])
        run.communicate()
        assert until(lambda those=all_of_them: not any(map(is_running, those)), 20), "nobody works on alone"
        now = place.entries()
        assert before.items() <= now.items(), "what is finished stays as it is"
        assert all(place.cache.read(KIND, name) is not None for name in now), "what is there is whole"
        assert not (place.folder / "film.mp4").exists() or place.film() == undisturbed.film
    before = place.entries()
    long_ago = time.time() - 2 * MINUTE
    for path in [*place.cache.folder.glob(".work-*"), *place.odds()]:
        os.utime(path, (long_ago, long_ago))
    done = place.run(*RUN)
    assert (done.returncode, done.stderr) == (0, "")
    assert place.film() == undisturbed.film
    assert before.items() <= place.entries().items(), "no finished segment is drawn again"
    assert place.odds() == [] and not list(place.cache.folder.glob(".*")), "nothing is left of those that were killed"


# --- a full disk ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_disks() -> None:
    """File systems of a few pages, which only the process sees that mounts them."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only the superuser of a Linux can mount a small file system")
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"])
    if tried.returncode:
        pytest.skip("no file system can be mounted here")


def on_a_small_disk(place: Place, disk: str, kilobytes: int) -> tuple[tuple[int, str], tuple[int, str]]:
    """A run with the folder `disk` on a file system of some kilobytes, and one after there is room: code, message.

    What that folder holds goes onto the file system before and comes from it afterwards. The files of the cache are
    listed between both and after them, in `entries-1` and `entries-2`.
    """
    run = shlex.join([sys.executable, "-m", "render", "scene.yaml", "-o", "out/film.mp4", "--workers", "1"])
    script = f"""
    mkdir -p {disk} keep && cp -a {disk}/. keep/ && mount -t tmpfs -o size={kilobytes}k tmpfs {disk} || exit 99
    cp -a keep/. {disk}/ && rm -rf keep
    for turn in 1 2; do
        {run} 2> error-$turn; echo $? > code-$turn
        find cache/segments -type f -printf '%f %i\\n' | sort > entries-$turn
        ls -A cache out > files-$turn
        cp -a out kept-$turn
        mount -o remount,size=64m {disk}
    done
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        cwd=place.folder,
        env={**os.environ, **place.environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = [(place.folder / f"error-{turn}").read_text() for turn in (1, 2)]
    codes = [int((place.folder / f"code-{turn}").read_text()) for turn in (1, 2)]
    return (codes[0], told[0]), (codes[1], told[1])


@pytest.mark.usefixtures("small_disks")
@pytest.mark.parametrize("kilobytes", [4, 60, 120])
def test_a_full_cache_is_told_and_what_was_finished_is_used(
    place: Place, undisturbed: Undisturbed, kilobytes: int
) -> None:
    """Too small for a single segment, for all of them, or for what a film is joined of besides."""
    out = place.folder / "out"
    out.mkdir()
    (out / "film.mp4").write_text("an earlier film")
    (code, told), later = on_a_small_disk(place, "cache", kilobytes)
    assert code == 1 and "No space left on device" in told
    assert told.startswith("render: ") and told.count("\n") == 1 and "Traceback" not in told
    assert (place.folder / "kept-1/film.mp4").read_text() == "an earlier film"
    assert left(place.folder / "kept-1") == {"film.mp4"}
    assert later == (0, "")
    assert (place.folder / "kept-2/film.mp4").read_bytes() == undisturbed.film
    first, second = (set((place.folder / f"entries-{turn}").read_text().splitlines()) for turn in (1, 2))
    assert first <= second and len(second) == 8, "what was finished is not drawn again"
    assert 0 < len(first) < 8 if kilobytes == 60 else len(first) == (0 if kilobytes == 4 else 8)


@pytest.mark.usefixtures("small_disks")
def test_no_room_for_the_film_leaves_the_earlier_one(place: Place, undisturbed: Undisturbed) -> None:
    out = place.folder / "out"
    out.mkdir()
    (out / "film.mp4").write_text("an earlier film")
    (code, told), later = on_a_small_disk(place, "out", 20)
    assert code == 1 and "No space left on device" in told
    assert told.startswith("render: ") and told.count("\n") == 1 and "film.mp4" in told
    assert left(place.folder / "kept-1") == {"film.mp4"}
    assert (place.folder / "kept-1/film.mp4").read_text() == "an earlier film"
    assert later == (0, "")
    assert (place.folder / "kept-2/film.mp4").read_bytes() == undisturbed.film
    assert (place.folder / "entries-1").read_text() == (place.folder / "entries-2").read_text()
    assert len((place.folder / "entries-1").read_text().splitlines()) == 8


# --- what is in the cache ---------------------------------------------------------------------------------------


def test_a_damaged_entry_is_made_again_and_not_used(place: Place, undisturbed: Undisturbed) -> None:
    place.take(undisturbed.cache)
    before = place.entries()
    cut, flipped, *others = sorted(before)
    for name in (cut, flipped):
        path = place.cache.path(KIND, name)
        data = bytearray(path.read_bytes())
        if name == cut:
            del data[len(data) // 2 :]
        else:
            data[len(data) // 2] ^= 16
        path.write_bytes(data)
    assert place.run(*RUN).returncode == 0
    assert place.film() == undisturbed.film
    now = place.entries()
    assert now.keys() == before.keys()
    assert {name for name in now if now[name] != before[name]} == {cut, flipped}
    assert len(others) == 6


def test_two_runs_at_once_are_both_right(place: Place, undisturbed: Undisturbed) -> None:
    runs = [place.start("scene.yaml", "-o", name, "--workers", "2") for name in ("one.mp4", "other.mp4")]
    assert [run.communicate()[1] for run in runs] == ["", ""]
    assert [run.returncode for run in runs] == [0, 0]
    for name in ("one.mp4", "other.mp4"):
        assert (place.folder / name).read_bytes() == undisturbed.film
    assert len(place.entries()) == 8 and place.odds() == []


def test_a_changed_word_is_all_that_is_drawn_and_the_film_is_that_of_an_empty_cache(
    place: Place, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    place.take(undisturbed.cache)
    before = place.entries()
    (tmp_path / "scene.yaml").write_text(SCRIPT.replace("Number 3.", "Figure 3, which is longer."))
    assert place.run(*RUN).returncode == 0
    now = place.entries()
    assert before.items() <= now.items() and len(now) == 9
    assert place.run("scene.yaml", "-o", "alone.mp4", "--no-cache", "--workers", "2").returncode == 0
    assert place.film() == (place.folder / "alone.mp4").read_bytes() != undisturbed.film
    assert place.entries() == now


@pytest.fixture
def finished(call: Call, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Place]:
    """The place that `call` works in, with a cache that has all of the film."""
    own = Place(tmp_path)
    own.take(undisturbed.cache)
    monkeypatch.setenv("RENDER_CACHE", str(own.cache.folder))
    yield own


def test_with_nothing_changed_nothing_is_drawn(
    call: Call, finished: Place, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this draws")

    monkeypatch.setattr("render.film.draw_segments", refuse)
    before = finished.entries()
    assert call(*RUN) == (0, "film.mp4\n", "")
    assert finished.film() == undisturbed.film
    assert finished.entries() == before


def test_the_cache_is_no_larger_than_it_may_be(call: Call, finished: Place, undisturbed: Undisturbed) -> None:
    assert call(*RUN, "--cache-size", "30KB")[0] == 0
    assert finished.film() == undisturbed.film
    sizes = [stat.st_size for _, stat in finished.cache.entries()]
    assert 0 < sum(sizes) <= 30_000 < sum(sizes) + max(sizes)


def test_the_cache_is_shown_and_cleared(call: Call, finished: Place) -> None:
    n_bytes = sum(stat.st_size for _, stat in finished.cache.entries())
    code, told, _ = call("cache")
    assert code == 0 and told.splitlines()[0] == str(finished.cache.folder)
    assert told.splitlines()[1].split() == ["8", "segments", "of", "films", f"{n_bytes / 1e6:.1f}", "MB"]
    abandoned = finished.cache.folder / ".work-abandoned"
    abandoned.mkdir()
    (abandoned / "000000.mp4").write_bytes(bytes(100))
    os.utime(abandoned, (0, 0))
    code, told, _ = call("cache", "--clear")
    assert code == 0 and told.splitlines()[1].split()[0] == "0"
    assert [path for path in finished.cache.folder.rglob("*") if path.is_file()] == []
    assert not abandoned.exists()


def test_without_a_cache_nothing_is_kept(place: Place, undisturbed: Undisturbed, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = shell(*RUN, "--no-cache", cwd=place.folder, TMPDIR=str(temporary), **place.environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert place.film() == undisturbed.film
    assert not place.cache.folder.exists() and left(temporary) == set()


@pytest.mark.parametrize("way", ["variable", "option"])
def test_a_cache_that_cannot_be_is_told(call: Call, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scene.yaml").write_text(SCRIPT)
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "cache")
    if way == "variable":
        monkeypatch.setenv("RENDER_CACHE", folder)
    code, out, told = call(*RUN, *(("--cache", folder) if way == "option" else ()))
    assert (code, out) == (1, "")
    assert told.startswith(f"render: the cache {folder} cannot be written: ") and told.count("\n") == 1
    assert left(tmp_path) == {"scene.yaml", "file"}


def test_one_word_of_a_real_scene_draws_its_beat_alone(place: Place) -> None:
    small = ("scene.yaml", "-o", "film.mp4", "--size", "96x64", "--fps", "1", "--workers", "2")
    text = (SCENES / "sort.yaml").read_text()
    path = place.folder / "scene.yaml"

    def keys_of(beat: str) -> set[str]:
        film = load(path, size="96x64", fps=1)
        found = film.segments(encoding_for("film.mp4", (96, 64), 1))
        return {segment.key for segment in found if segment.beat == beat}

    path.write_text(text)
    assert place.run(*small).returncode == 0
    before, gone = place.entries(), keys_of("score")
    path.write_text(text.replace("How much should the last token", "How far should the last token"))
    assert place.run(*small).returncode == 0
    now, new = place.entries(), keys_of("score")
    assert before.items() <= now.items()
    assert now.keys() - before.keys() == new and gone <= before.keys() and not gone & new
