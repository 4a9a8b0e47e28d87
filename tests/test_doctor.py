from __future__ import annotations

import io
from importlib import metadata
from pathlib import Path

import pytest
from rich.console import Console

from render import doctor
from render.stage import opengl


def report() -> tuple[int, list[str]]:
    """The exit code and the lines of a report on a narrow screen."""
    console = Console(file=io.StringIO(), width=40)
    code = doctor.doctor(console)
    assert isinstance(console.file, io.StringIO)
    return code, console.file.getvalue().splitlines()


def test_a_machine_that_runs_these_tests_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, lines = report()
    assert code == 0
    assert lines[-1] == "Ready to render."
    subjects = {finding.subject: finding for finding in doctor.examine()}
    assert {"Python", "OpenGL", "ffmpeg", "fonts", "output folder", "cores", "memory"} <= set(subjects)
    for package in ("numpy", "vtk", "pyvista", "skia-python"):
        assert subjects[package].found == metadata.version(package)
    assert "libx264" in subjects["ffmpeg"].found
    assert not list(tmp_path.iterdir())


def test_what_is_missing_comes_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "output").touch()
    monkeypatch.setattr(opengl, "_PROBE", "raise OSError('libEGL.so.1: cannot open shared object file')")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/bin/true")
    version = metadata.version

    def lacking_numpy(name: str) -> str:
        if name == "numpy":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", lacking_numpy)
    monkeypatch.setattr(doctor, "usable_memory", lambda: 2**29)
    code, lines = report()
    assert code == 1
    assert lines[-1] == "Missing: numpy, OpenGL, ffmpeg, output folder, memory"
    remedies = {lines[k].split()[1]: lines[k + 1] for k, line in enumerate(lines) if line.startswith("✗")}
    assert "pip install 'numpy>=" in remedies["numpy"]
    assert opengl.APT in remedies["OpenGL"]
    assert "pip install --force-reinstall imageio-ffmpeg" in remedies["ffmpeg"]
    assert "pass -o" in remedies["output"]
    assert "1.5 GiB" in remedies["memory"]


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    def none(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", none)
    found = {finding.subject: finding for finding in doctor.examine()}
    assert not found["render"].ok and "pip install -e ." in found["render"].remedy
