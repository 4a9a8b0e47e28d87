from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from render.errors import MachineError
from render.stage import opengl
from render.stage.opengl import OpenGL

linux = pytest.mark.skipif(sys.platform != "linux", reason="EGL is how Linux draws without a display")


def test_this_machine_draws() -> None:
    found = opengl.check()
    assert found.renderer and found.vendor
    assert tuple(map(int, found.version.split(" ")[0].split(".")[:2])) >= (3, 2)
    assert found.renderer in str(found)


@pytest.mark.parametrize(
    ("renderer", "software"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", True),
        ("softpipe", True),
        ("Google SwiftShader", True),
        ("NVIDIA H100 80GB HBM3/PCIe/SSE2", False),
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", False),
    ],
)
def test_software_is_told_from_hardware(renderer: str, software: bool) -> None:
    found = OpenGL("somebody", renderer, "4.5")
    assert found.is_software == software
    assert ("software" in str(found)) == software


@linux
def test_egl_is_chosen_unless_somebody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VTK_DEFAULT_OPENGL_WINDOW", raising=False)
    opengl.prepare()
    assert os.environ["VTK_DEFAULT_OPENGL_WINDOW"] == "vtkEGLRenderWindow"
    monkeypatch.setenv("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")
    opengl.prepare()
    assert os.environ["VTK_DEFAULT_OPENGL_WINDOW"] == "vtkOSOpenGLRenderWindow"


@linux
def test_libegl_without_a_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_DIRS", str(tmp_path))
    with pytest.raises(MachineError, match=r"no OpenGL to draw with \(no driver draws\); .*" + opengl.APT):
        opengl.check()


@linux
@pytest.mark.parametrize("library", ["libEGL.so.1", "libGL.so.1"])
def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, library: str) -> None:
    (tmp_path / library).write_text("not a library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    with pytest.raises(MachineError, match=rf"{library}: .*; .*{opengl.APT}"):
        opengl.check()


def test_a_driver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opengl, "_PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(opengl, "_PATIENCE", 0.2)
    with pytest.raises(MachineError, match="no picture within"):
        opengl.check()
