"""What pictures and films follow from besides scene and model: this program, and the libraries and drivers it runs on.

Two machines that agree in all of it make the same bytes of the same scene.
"""

from __future__ import annotations

import platform
from functools import lru_cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from render.stage import opengl
from render.video import ffmpeg

_PACKAGES = ("numpy", "vtk", "pyvista", "skia-python", "fontpkg-inter", "safetensors", "gguf", "tokenizers")
"""Those that have a part in what is computed, drawn or written. Pillow, which writes PNGs, loses nothing."""


_BESIDE, _DRAWING = ("cli/", "farm/", "report/", "doctor.py", "models.py", "progress.py"), "farm/worker.py"
"""What has no part in pictures, but for the one file that draws them: another report makes no film stale."""


@lru_cache(maxsize=1)
def identity() -> dict[str, str]:
    """What is in use, by name. Raises MachineError where there is no OpenGL or no ffmpeg.

    arithmetic: how numpy computes here; processors of other kinds round the last digit of a sum in other ways
    """
    found = {"render": _source(), "Python": platform.python_version()}
    found |= {name: version for name in _PACKAGES if (version := _version(name))}
    found["ffmpeg"] = ffmpeg.version()
    found["OpenGL"] = str(opengl.check())
    found["arithmetic"] = _arithmetic()
    return found


def differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """What differs, in words such as `vtk 9.7.2 here, 9.6.0 there`."""
    names = dict.fromkeys([*here, *there])
    return [
        f"{name} {here.get(name, 'is not')} here, {there.get(name, 'not')} there"
        for name in names
        if here.get(name) != there.get(name)
    ]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _source() -> str:
    """The version of this program, and a hash of the source that makes pictures, which changes more often."""
    folder = Path(__file__).parent.parent
    made = sha256()
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        if not name.startswith(_BESIDE) or name == _DRAWING:
            made.update(f"{name}\n".encode() + file.read_bytes())
    return f"{metadata.version('render')} ({made.hexdigest()[:12]})"


def _arithmetic() -> str:
    """The kernels that numpy and its BLAS have chosen for this processor."""
    config: dict[str, dict[str, list[str]]] = np.show_config(mode="dicts")  # type: ignore[assignment]
    found = config.get("SIMD Extensions", {}).get("found", [])
    libraries = [own for own in threadpool_info() if own["user_api"] == "blas"]
    blas = [f"{own['internal_api']} {own.get('architecture', '')}" for own in libraries]
    return f"{', '.join(blas) or 'no BLAS'}, {found[-1] if found else 'baseline'}"
