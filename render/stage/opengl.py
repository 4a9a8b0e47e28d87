"""The OpenGL that draws: told to VTK before it starts, and tried out before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from render.errors import MachineError

APT = "apt-get install -y --no-install-recommends libegl1 libgl1-mesa-dri libgl1"

# VTK, skia and the driver load these when they first need them, and VTK ends the process where it finds no OpenGL:
# so a process of its own loads them, draws once and reports.
_PROBE = """
import ctypes, json, sys
if sys.platform == "linux":
    for library in ("libEGL.so.1", "libGL.so.1"):
        ctypes.CDLL(library)
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderWindow
window = vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(16, 16)
window.Render()
lines = (line.partition(" string: ") for line in window.ReportCapabilities().splitlines())
facts = {name.removeprefix("OpenGL ").lower(): value.strip() for name, _, value in lines if name.startswith("OpenGL ")}
print(json.dumps({name: facts[name] for name in ("vendor", "renderer", "version")}))
"""
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader")
_PATIENCE = 60.0


@dataclass(frozen=True)
class OpenGL:
    """What draws, in its own words."""

    vendor: str
    renderer: str
    version: str

    @property
    def is_software(self) -> bool:
        """Whether the processor draws, for want of a graphics card."""
        return any(name in self.renderer.lower() for name in _SOFTWARE)

    def __str__(self) -> str:
        return f"{self.renderer}, {'software' if self.is_software else 'hardware'}, OpenGL {self.version}"


def prepare() -> None:
    """Make VTK draw through EGL, which needs no display and finds a graphics card by itself.

    Call it before VTK is imported for the first time; worker processes inherit it. A value of
    VTK_DEFAULT_OPENGL_WINDOW that is set already stays.
    """
    if sys.platform == "linux":
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")


def check() -> OpenGL:
    """Draw once in another process and return what drew; raises `MachineError` with the remedy where nothing can."""
    prepare()
    try:
        probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise MachineError(f"OpenGL gave no picture within {_PATIENCE:.0f} seconds{_remedy()}") from None
    if probe.returncode:
        raise MachineError(f"no OpenGL to draw with ({_reason(probe)}){_remedy()}")
    return OpenGL(**json.loads(probe.stdout.splitlines()[-1]))


def _reason(probe: subprocess.CompletedProcess[str]) -> str:
    if probe.returncode < 0:
        return "no driver draws"  # VTK has ended the process
    lines = probe.stderr.splitlines() or [f"exit code {probe.returncode}"]
    return lines[-1].removeprefix("OSError: ").removeprefix("ImportError: ")


def _remedy() -> str:
    return f"; get the software one with: {APT}" if sys.platform == "linux" else ""
