"""`render doctor`: what this machine has, what is missing and how to get it."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.text import Text

from render.errors import RenderError
from render.farm.machine import default_workers, usable_cores, usable_memory
from render.stage import opengl
from render.video import ffmpeg
from render.video.encoding import encoding_for

_PYTHON = (3, 10)
_GIB = 2**30
_MEMORY = 1.5 * _GIB


@dataclass(frozen=True)
class Finding:
    """One thing that rendering needs: what was found, whether it will do, and how to get it if not."""

    subject: str
    found: str
    ok: bool = True
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything that rendering needs on this machine; never raises."""
    return [_python(), *_packages(), _opengl(), _ffmpeg(), _fonts(), _output(Path("output")), _cores(), _memory()]


def doctor(console: Console | None = None) -> int:
    """Print the findings; return the exit code, 0 if all is well and 1 if something is missing."""
    console = console or Console()
    findings = examine()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        mark = ("✓", "green") if finding.ok else ("✗", "bold red")
        line = Text.assemble(mark, f" {finding.subject:<{width}}  {finding.found}")
        if not finding.ok:
            line.append(f"\n  {'':<{width}}  {finding.remedy}", "bold")
        console.print(line, soft_wrap=True)  # a command has to stay in one piece to be copied
    missing = [finding.subject for finding in findings if not finding.ok]
    console.print(f"Missing: {', '.join(missing)}" if missing else "Ready to render.", soft_wrap=True)
    return 1 if missing else 0


def _python() -> Finding:
    wanted = ".".join(map(str, _PYTHON))
    return Finding("Python", platform.python_version(), sys.version_info >= _PYTHON, f"get Python {wanted} or newer")


def _requirements() -> list[str]:
    """What our own package asks for, extras left out: `numpy>=2.2`, ..."""
    return [line for line in metadata.requires("render") or [] if "extra ==" not in line]


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _packages() -> Iterator[Finding]:
    try:
        requirements = _requirements()
    except metadata.PackageNotFoundError:
        yield Finding("render", "not installed", False, "pip install -e . (in the project's folder)")
        return
    for requirement in requirements:
        name = _name(requirement)
        try:
            yield Finding(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, "not installed", False, f"pip install '{requirement}'")


def _opengl() -> Finding:
    try:
        return Finding("OpenGL", str(opengl.check()))
    except RenderError as error:
        return Finding("OpenGL", "none", False, str(error))


def _ffmpeg() -> Finding:
    remedy = "pip install --force-reinstall imageio-ffmpeg"
    try:
        path = ffmpeg.executable()
        answer = subprocess.run([path, "-encoders"], capture_output=True, text=True, check=True)
    except (RenderError, OSError, subprocess.CalledProcessError) as error:
        return Finding("ffmpeg", str(error), False, remedy)
    version = re.search(r"ffmpeg version (\S+)", answer.stderr)
    if not version or "libx264" not in answer.stdout:
        return Finding("ffmpeg", f"{path} does not encode with libx264", False, remedy)
    return Finding("ffmpeg", f"{version[1]} with libx264, {path}")


def _fonts() -> Finding:
    """The font packages that we ask for, and the font files in them."""
    try:
        packages = [line for line in _requirements() if line.startswith("fontpkg-")]
        files = [file for line in packages for file in metadata.files(_name(line)) or []]
    except metadata.PackageNotFoundError as error:
        return Finding("fonts", "none", False, f"pip install {error.name}")
    fonts = [file for file in files if file.suffix in (".ttf", ".otf") and Path(str(file.locate())).exists()]
    names = ", ".join(sorted(font.name for font in fonts))
    return Finding("fonts", names or "none", bool(fonts), f"pip install --force-reinstall {' '.join(packages)}")


def _output(folder: Path) -> Finding:
    try:
        encoding_for(folder / "clip.mp4", (2, 2), 1)
    except RenderError as error:
        return Finding("output folder", str(error), False, "work in a folder that can be written, or pass -o")
    return Finding("output folder", f"{folder.resolve()} can be written")


def _cores() -> Finding:
    return Finding("cores", f"{usable_cores()} usable; {default_workers()} workers draw")


def _memory() -> Finding:
    free = usable_memory()
    return Finding("memory", f"{free / _GIB:.1f} GiB free", free >= _MEMORY, f"free {_MEMORY / _GIB:.1f} GiB")
