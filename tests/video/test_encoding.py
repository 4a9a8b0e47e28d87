from __future__ import annotations

import os
from pathlib import Path

import pytest
from clips import about, clip, decode, moving

from render.errors import MachineError, UserError
from render.video.encoding import encoding_for, output_suffix


@pytest.mark.parametrize("name", ["clip.mp4", "CLIP.MP4", "clip.gif", "deep/er/clip.mp4", "frames", "frames.v2/"])
def test_the_name_chooses_the_format(
    tmp_path: Path,
    name: str,
) -> None:
    target = f"{tmp_path}/{name}"
    with clip(target, (64, 48), 20, [("All", 0, 0.15)]) as film:
        for k in range(3):
            film.write(moving(k))
        assert not os.path.exists(target)
    if os.path.isdir(target):
        assert sorted(os.listdir(target)) == ["00000.png", "00001.png", "00002.png"]
    else:
        assert ("Video: h264" if name.lower().endswith("mp4") else "Video: gif") in about(Path(target))
        assert len(decode(Path(target), (64, 48))) == 3


def test_an_existing_folder_takes_frames_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "run.1").mkdir()
    assert output_suffix(tmp_path / "run.1") == ""


def test_a_link_to_a_film_is_followed(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "real.mp4").write_bytes(b"earlier")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "films" / "real.mp4")
    with clip(tmp_path / "link.mp4", (64, 48), 20) as film:
        film.write(moving(0))
    assert (tmp_path / "link.mp4").is_symlink()
    assert (tmp_path / "films" / "real.mp4").stat().st_size > 500


@pytest.mark.parametrize(
    ("name", "size", "fps", "words"),
    [
        ("clip.mp3", (64, 48), 30, "did you mean '.mp4'"),
        ("clip.mpg", (64, 48), 30, "did you mean '.mp4'"),
        ("clip.webm", (64, 48), 30, ".mp4, .gif, or a folder"),
        ("clip.png", (64, 48), 30, "cannot write '.png' files"),
        ("clip.mp4", (65, 48), 30, "64x48"),
        ("clip.gif", (64, 48), 60, "50"),
        ("folder.mp4", (64, 48), 30, "is a folder"),
        ("file", (64, 48), 30, "is a file"),
        ("file/clip.mp4", (64, 48), 30, "is a file, not a folder"),
        ("file/frames/", (64, 48), 30, "is a file, not a folder"),
        ("full/", (64, 48), 30, "holds other files"),
    ],
)
def test_what_the_user_got_wrong_is_told_first(
    tmp_path: Path, name: str, size: tuple[int, int], fps: int, words: str
) -> None:
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=words):
        encoding_for(f"{tmp_path}/{name}", size, fps)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that not even root can write")
@pytest.mark.parametrize("name", ["clip.mp4", "nowhere/clip.gif", "frames/"])
def test_a_place_that_cannot_be_written_is_told_first(name: str) -> None:
    with pytest.raises(MachineError, match=f"cannot write /proc/{name.rstrip('/')}"):
        encoding_for(f"/proc/{name}", (64, 48), 30)


def test_checking_writes_nothing(tmp_path: Path) -> None:
    encoding_for(tmp_path / "deep" / "clip.mp4", (64, 48), 30)
    assert not list(tmp_path.iterdir())
