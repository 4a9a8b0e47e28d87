from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clips import Pixels, clip, moving, stripes
from PIL import Image

from render.errors import UserError
from render.video.png import PngFolder, write_png


def read(path: Path) -> Pixels:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_a_still_is_exact(tmp_path: Path) -> None:
    write_png(tmp_path / "new" / "still.png", stripes())
    np.testing.assert_array_equal(read(tmp_path / "new" / "still.png"), stripes()[..., :3])


def test_a_still_keeps_its_transparency(tmp_path: Path) -> None:
    frame = stripes()
    frame[:10, :, 3] = 0
    frame[10:20, :, 3] = 77
    write_png(tmp_path / "still.png", frame)
    np.testing.assert_array_equal(read(tmp_path / "still.png"), frame)


def test_frames_are_numbered_and_held_frames_repeated(tmp_path: Path) -> None:
    frame = moving(0)
    with clip(tmp_path / "frames", (64, 48), 20) as film:
        for k in range(12):
            frame[...] = moving(k)
            film.write(frame, repeat=3 if k == 5 else 1)
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == [f"{k:05d}.png" for k in range(14)]
    for name, k in zip(names, [*range(5), 5, 5, 5, *range(6, 12)], strict=True):
        np.testing.assert_array_equal(read(tmp_path / "frames" / name), moving(k)[..., :3])


def test_an_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    for n_frames in (6, 2):
        with clip(tmp_path / "frames", (64, 48), 20) as film:
            film.write(moving(0), repeat=n_frames)
            assert len(list((tmp_path / "frames").glob("*"))) == (0 if n_frames == 6 else 6)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["00000.png", "00001.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "00000.png").touch()
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UserError, match=r"holds other files \(thesis.tex\)"):
        clip(tmp_path, (64, 48), 20).__enter__()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000.png", "thesis.tex"]


def test_an_error_leaves_the_earlier_run(tmp_path: Path) -> None:
    with clip(tmp_path / "frames", (64, 48), 20) as film:
        film.write(moving(3))
    with pytest.raises(KeyboardInterrupt), clip(tmp_path / "frames", (64, 48), 20) as film:
        film.write(moving(4), repeat=4)
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
    assert [path.name for path in (tmp_path / "frames").iterdir()] == ["00000.png"]
    np.testing.assert_array_equal(read(tmp_path / "frames" / "00000.png"), moving(3)[..., :3])


FULL = """
import resource
import numpy as np
from pathlib import Path
from render.errors import MachineError
from render.video.png import PngFolder, write_png
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
noise = np.random.default_rng(0).integers(0, 255, (40, 40, 4), np.uint8)
def segment():
    with PngFolder((40, 40)).segment(Path("part.zip"), [1]) as film:
        film.write(noise)
for save in (lambda: write_png(Path("still.png"), noise), segment):
    try:
        save()
    except MachineError as error:
        print(error)
"""


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL], cwd=tmp_path, capture_output=True, text=True)
    told = [f"cannot write {name}: File too large" for name in ("still.png", "part.zip")]
    assert (done.stdout.splitlines(), done.stderr) == (told, "")
    assert {path.name for path in tmp_path.iterdir()} <= {"part.zip"}, "whoever began a segment's file removes it"


def test_segments_unpack_into_one_run_of_numbers(tmp_path: Path) -> None:
    with clip(tmp_path / "frames", (64, 48), 20, cuts=[2, 5]) as film:
        for k, repeat in ((0, 2), (1, 1), (2, 2), (3, 3)):
            film.write(moving(k), repeat)
    assert len(film.files) == 3
    shown = [read(path) for path in sorted((tmp_path / "frames").iterdir())]
    expected = [moving(k)[..., :3] for k in (0, 0, 1, 2, 2, 3, 3, 3)]
    np.testing.assert_array_equal(np.stack(shown), np.stack(expected))


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        with PngFolder((64, 48)).segment(tmp_path / name, [3]) as film:
            film.write(moving(0))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
