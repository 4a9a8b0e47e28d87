from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from clips import clip, moving

from render.errors import MachineError
from render.video.mp4 import Mp4

NOISE = np.random.default_rng(0).integers(0, 255, (240, 320, 4), np.uint8)


@pytest.fixture
def instead(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a shell script in the place of ffmpeg; `$FFMPEG` is the real one."""
    real = imageio_ffmpeg.get_ffmpeg_exe()

    def put(script: str) -> None:
        fake = tmp_path_factory.mktemp("bin") / "ffmpeg"
        fake.write_text(f"#!/bin/sh\nFFMPEG='{real}'\n{script}\n")
        fake.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))

    return put


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "head -c 200000 >/dev/null; echo '[libx264 @ 0x7f] [error] out of luck' >&2; exit 3",
            r"part\.mp4: .*out of luck$",
        ),
        ("exit 3", r"part\.mp4: exit code 3$"),
        ("cat >/dev/null; exit 4", r"exit code 4$"),
        ("head -c 200000 >/dev/null; kill -9 $$", "ended by SIGKILL"),
        ('ulimit -f 8; trap \'\' XFSZ; exec "$FFMPEG" "$@"', "File too large$"),
        ('ulimit -f 8; exec "$FFMPEG" "$@"', "SIGXFSZ|File too large"),
    ],
)
def test_a_failing_ffmpeg_is_told(tmp_path: Path, instead: Callable[[str], None], script: str, words: str) -> None:
    instead(script)
    path = tmp_path / "part.mp4"
    with pytest.raises(MachineError, match=words), Mp4((320, 240), 30).segment(path, [1] * 40) as film:
        for _ in range(40):
            film.write(NOISE)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.gif"])
def test_a_join_that_fails_leaves_the_earlier_output(tmp_path: Path, instead: Callable[[str], None], name: str) -> None:
    (tmp_path / name).write_bytes(b"earlier")
    instead('case "$*" in *concat*) echo broken >&2; exit 1;; *) exec "$FFMPEG" "$@";; esac')
    with pytest.raises(MachineError, match=f"{name}: broken"), clip(tmp_path / name, (64, 48), 20) as film:
        film.write(moving(0))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: b"earlier"}


def test_the_second_pass_of_a_gif_may_fail_too(tmp_path: Path, instead: Callable[[str], None]) -> None:
    instead('case "$*" in *paletteuse*) echo broken >&2; exit 1;; *) exec "$FFMPEG" "$@";; esac')
    with pytest.raises(MachineError, match="broken"), clip(tmp_path / "clip.gif", (64, 48), 20) as film:
        film.write(moving(0))
    assert not list(tmp_path.iterdir())


def test_no_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nowhere"))
    with pytest.raises(MachineError, match="cannot start ffmpeg"):
        Mp4((64, 48), 30).segment(tmp_path / "part.mp4", [1]).__enter__()
    assert not list(tmp_path.iterdir())


def test_writing_does_not_wait_for_the_encoder(tmp_path: Path, instead: Callable[[str], None]) -> None:
    """An ffmpeg that never reads would stop the third frame for ever if it were written straight to the pipe."""
    instead("sleep 1000")
    with pytest.raises(ZeroDivisionError), Mp4((320, 240), 30).segment(tmp_path / "part.mp4", [1] * 3) as film:
        for _ in range(3):
            film.write(NOISE)
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_frame_of_another_size_is_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shape"), Mp4((320, 242), 30).segment(tmp_path / "part.mp4", [1]) as film:
        film.write(NOISE)


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from render.video.encoding import encoding_for
frame = np.zeros((240, 320, 4), np.uint8)
encoding = encoding_for(sys.argv[1], (320, 240), 30)
with encoding.segment(Path(sys.argv[1]).with_suffix(encoding.suffix), [1] * 1_000_000) as film:
    for k in range(1_000_000):
        frame[:, k % 320] += 50
        film.write(frame)
        print(k, flush=True)
"""


@pytest.mark.parametrize("name", ["clip.mp4", "clip.gif", "frames/"])
def test_ctrl_c_leaves_no_encoder_behind(tmp_path: Path, name: str) -> None:
    target = f"{tmp_path}/{name}"
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, target],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    for _ in range(20):
        child.stdout.readline()
    os.killpg(child.pid, signal.SIGINT)
    _, complaints = child.communicate(timeout=20)
    assert child.returncode == -signal.SIGINT
    assert complaints.splitlines()[-1] == "KeyboardInterrupt"
    assert "During handling" not in complaints
    deadline = time.monotonic() + 5
    while (running := processes_about(str(tmp_path))) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not running


def processes_about(words: str) -> list[str]:
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            commands.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [command for command in commands if words in command]
