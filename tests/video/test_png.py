from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clips import Pixels, moving, stripes
from PIL import Image

from render.errors import UserError
from render.video.png import png_folder_writer, write_png


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
    with png_folder_writer(tmp_path / "frames") as film:
        for k in range(12):
            frame[...] = moving(k)
            film.write(frame, repeat=3 if k == 5 else 1)
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == [f"{k:05d}.png" for k in range(14)]
    for name, k in zip(names, [*range(5), 5, 5, 5, *range(6, 12)], strict=True):
        np.testing.assert_array_equal(read(tmp_path / "frames" / name), moving(k)[..., :3])


def test_an_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    for n_frames in (6, 2):
        with png_folder_writer(tmp_path / "frames") as film:
            film.write(moving(0), repeat=n_frames)
            assert len(list((tmp_path / "frames").glob("*"))) == (0 if n_frames == 6 else 6)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["00000.png", "00001.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "00000.png").touch()
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UserError, match=r"holds other files \(thesis.tex\)"):
        png_folder_writer(tmp_path).__enter__()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000.png", "thesis.tex"]


def test_an_error_leaves_the_earlier_run(tmp_path: Path) -> None:
    with png_folder_writer(tmp_path / "frames") as film:
        film.write(moving(3))
    with pytest.raises(KeyboardInterrupt), png_folder_writer(tmp_path / "frames") as film:
        film.write(moving(4), repeat=4)
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
    assert [path.name for path in (tmp_path / "frames").iterdir()] == ["00000.png"]
    np.testing.assert_array_equal(read(tmp_path / "frames" / "00000.png"), moving(3)[..., :3])


FULL = """
import resource, sys
import numpy as np
from pathlib import Path
from render.errors import MachineError
from render.video.png import png_folder_writer, write_png
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
noise = np.random.default_rng(0).integers(0, 255, (40, 40, 4), np.uint8)
for target, save in (("still.png", lambda: write_png(Path("still.png"), noise)), ("frames", None)):
    try:
        if save:
            save()
        else:
            with png_folder_writer(Path(target)) as film:
                film.write(noise)
    except MachineError as error:
        print(error)
"""


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["cannot write still.png: File too large", "cannot write frames: File too large"]
    assert not done.stderr
    assert not list(tmp_path.iterdir())
