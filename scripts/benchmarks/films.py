"""Whole films as commands: from nothing, again, with one word changed; and memory over many frames."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.frames import REAL
from benchmarks.processes import cost_of, resident

from render.film import Film, load
from render.programme.painter import Painter
from render.video.encoding import encoding_for

JOURNEY = f"""
title: From the whole to one cell
model: {REAL}
prompt: The capital of France is
beats:
  - id: whole
    camera: {{frame: model, azimuth: -16, elevation: 14}}
    for: 1s
  - id: block
    camera: {{frame: h.12, over: 2s}}
    for: 2s
  - id: cells
    camera: {{frame: ["h.12.mlp.gate_proj.weight[f=700:712, c=300:308]"], over: 3s}}
    for: 4s
"""


def film_figures(scene: Path, size: str) -> dict[str, Any]:
    """A scene as a command: with an empty cache, again as it is, and again with a word changed in its middle beat.

    The ideal is what all processes computed, on all cores from the first second to the last.
    """
    film, cores = load(scene, size=size), len(os.sched_getaffinity(0))
    begin = time.process_time()
    film.segments(encoding_for("film.mp4", film.programme.size, film.programme.fps))
    keys = time.process_time() - begin
    with tempfile.TemporaryDirectory() as folder:
        # Beside a copy of all scripts, for those that are included.
        shutil.copytree(scene.parent, f"{folder}/scenes")
        own = Path(folder, "scenes", scene.name)
        command = [sys.executable, "-m", "render", str(own), "--size", size, "-o", f"{folder}/film.mp4"]
        env = {**os.environ, "RENDER_CACHE": f"{folder}/cache"}
        whole, again = cost_of(command, env), cost_of(command, env)
        megabytes = Path(f"{folder}/film.mp4").stat().st_size / 1e6
        figures = {
            "seconds of film": film.duration,
            "seconds to render it": whole.wall,
            "times its own length": whole.wall / film.duration,
            "CPU seconds": whole.cpu,
            "times the ideal": whole.wall / (whole.cpu / cores),
            "peak MB of all processes": whole.peak,
            "MB of film": megabytes,
            "seconds, nothing changed": again.wall,
            "CPU seconds for all keys": keys,
        }
        if one_word_changed(own):
            figures["seconds, one word changed"] = cost_of(command, env).wall
    return figures


def one_word_changed(script: Path) -> bool:
    """Write another word into the narration of the beat in the middle of a script; False where nothing is said."""
    text = script.read_text()
    said = list(re.finditer(r"(?<=say: )(?:[>|]-?\s+)?[\"']?\w+", text))
    if not said:
        return False
    middle = said[len(said) // 2]
    script.write_text(f"{text[: middle.end()]} indeed{text[middle.end() :]}")
    return True


def clip_figures(size: str) -> dict[str, Any]:
    """A clip from the whole of a real model to one of its cells."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "journey.yaml"
        scene.write_text(JOURNEY)
        return {f"{REAL}, whole to one cell: {name}": value for name, value in film_figures(scene, size).items()}


def growth_figures(film: Film, frames: int) -> dict[str, Any]:
    """Resident memory after 200 frames and after `frames`, in MB."""
    painter, early = Painter(film.programme), 0.0
    for number, moment in enumerate(islice(cycle(film.programme.frames()), frames)):
        painter(moment)
        if number == 199:
            early = resident(os.getpid())
    late = resident(os.getpid())
    painter.close()
    return {"MB after 200 frames": early, f"MB after {frames} frames": late}
