"""An encoding that meets with trouble on the way, in the process that draws: for tests of what becomes of it."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from render.errors import MachineError, UserError
from render.video.encoding import Encoding


@dataclass(frozen=True)
class Troubled:
    """An encoding that meets with `trouble` before the frame `at` of the `number`th segment that is begun.

    So often as `times` says: `folder` has a file for each time. It lives in the worker processes.
    """

    inner: Encoding
    folder: Path
    trouble: Callable[[], None]
    number: int = 1
    at: int = 3
    times: int = 10

    @property
    def suffix(self) -> str:
        return self.inner.suffix

    @property
    def settings(self) -> Mapping[str, object]:
        return self.inner.settings

    @contextmanager
    def segment(self, path: Path, repeats: Sequence[int]) -> Iterator[Any]:
        (self.folder / f"begun {path.name}").touch()
        mine = len(list(self.folder.glob("begun *"))) >= self.number
        with self.inner.segment(path, repeats) as film:
            yield _Watched(film, self, mine)


class _Watched:
    def __init__(self, film: Any, troubled: Troubled, mine: bool) -> None:
        self.film, self.troubled, self.mine, self.n_written = film, troubled, mine, 0

    def write(self, frame: np.ndarray) -> None:
        own = self.troubled
        so_far = len(list(own.folder.glob("trouble *")))
        if self.mine and self.n_written == own.at and so_far < own.times:
            (own.folder / f"trouble {so_far}").touch()
            own.trouble()
        self.n_written += 1
        self.film.write(frame)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crashed() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leaving() -> None:
    os._exit(3)


def wrong_script() -> None:
    raise UserError("scene.yaml:3:1: no such tensor")


def no_window() -> None:
    raise MachineError("no OpenGL here")


def bug() -> None:
    raise ZeroDivisionError("a bug")


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def told_to_go() -> None:
    """Ctrl-C, which is not meant for it, and then what is."""
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)


def orphaned() -> None:
    """What drives this process is killed, and a moment later this one notices."""
    os.kill(os.getppid(), signal.SIGKILL)
