"""Measures how quick `render` is, and prints a table and JSON.

    python scripts/bench.py                 the frame, against one cube glyph a cell, and of large models: two minutes
    python scripts/bench.py --film          also the whole of scenes/sort.yaml: some minutes
    python scripts/bench.py --film scenes/walkthrough/*.yaml    other films: minutes each
    python scripts/bench.py --growth 5000   also memory over many frames: some minutes

Everything is measured in one run, what is compared in turns, so that a machine that is busy is so for both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from render.film import Film, load
from render.layout import Layout, arrange
from render.model import Run, load_model
from render.programme.painter import Painter
from render.stage import opengl
from render.timeline import Pose, State, View, frame_points

REAL, PROMPT = "smollm2-135m", "The capital of France is a city on a river, and its name is"

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

SCENE = Path(__file__).parent.parent / "scenes" / "sort.yaml"


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1080p")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--film", nargs="*", type=Path, metavar="SCENE", help="render whole scenes")
    parser.add_argument("--growth", type=int, default=0, metavar="FRAMES", help="watch memory over so many frames")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()

    drawn_by = opengl.check()
    film = load(SCENE, size=asked.size)
    figures: dict[str, Any] = {"opengl": str(drawn_by), "cores": len(os.sched_getaffinity(0)), "size": asked.size}
    figures |= frame_figures(film, asked.rounds)
    figures |= scale_figures(film, asked.rounds)
    figures |= reading_figures()
    figures |= clip_figures(asked.size)
    if asked.growth:
        figures |= growth_figures(film, asked.growth)
    if asked.film is not None:
        for scene in asked.film or [SCENE]:
            figures |= {f"{scene.stem}: {name}": value for name, value in film_figures(scene, asked.size).items()}

    table = Table("figure", "value", box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:.2f}" if isinstance(value, float) else str(value))
    Console().print(table)
    print(json.dumps(figures))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def moving(run: Run, layout: Layout, aspect: float) -> list[State]:
    """The whole model in view, everything computed, the camera a little farther in every frame."""
    pose = frame_points(layout.bounds.corners, aspect, -16, 14)
    filled = dict.fromkeys(layout.boxes, 1.0)
    poses = [Pose(pose.target, pose.distance, pose.azimuth + 0.2 * i, pose.elevation) for i in range(12)]
    return [State(pose, len(run.steps) - 1, filled=filled) for pose in poses]


def frame_figures(film: Film, rounds: int) -> dict[str, Any]:
    """Milliseconds for one moving frame, drawn and read back: ours, and one cube glyph a cell."""
    painter = Painter(film.programme)
    (production,) = film.programme.productions
    states = moving(production.run, production.layout, production.aspect)
    glyphs, n_cells = glyph_way(film)
    ways: dict[str, Callable[[State], object]] = {
        "stage": painter.studio(production).stage.draw,
        "stage and overlay": lambda state: painter.paint(production, state),
        "glyphs": lambda state: glyphs(state.pose),
    }
    for draw in ways.values():
        draw(states[0])
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, draw in ways.items():
            for state in states if name != "glyphs" else states[:3]:
                begin = time.perf_counter()
                draw(state)
                times[name].append(1000 * (time.perf_counter() - begin))
    painter.close()
    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        "cells": n_cells,
        **{f"ms a moving frame, {name}": value for name, value in median.items()},
        "glyphs / stage": median["glyphs"] / median["stage"],
    }


def scale_figures(film: Film, rounds: int) -> dict[str, Any]:
    """Milliseconds for one moving frame of models of all sizes, and how often nano-sort's that is."""
    from render.stage.stage import Stage  # imported here: VTK loads with it, and has to be told of OpenGL before

    (production,) = film.programme.productions
    model = load_model(REAL)
    runs = {
        "nano-sort": production.run,
        REAL: model.run(model.encode(PROMPT)[:12], 1),
        "gpt3": load_model("gpt3").outline(12),
    }
    drawn: dict[str, tuple[Callable[[State], object], list[State]]] = {}
    for name, run in runs.items():
        layout = arrange(run.graph, "wide")
        drawn[name] = (
            Stage(layout, run, production.theme, production.size).draw,
            moving(run, layout, production.aspect),
        )
    times: dict[str, list[float]] = {name: [] for name in drawn}
    for number in range(rounds + 1):
        for name, (draw, states) in drawn.items():
            for state in states[:6]:
                begin = time.perf_counter()
                draw(state)
                if number:  # the first round compiles and fills
                    times[name].append(1000 * (time.perf_counter() - begin))
    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        **{f"ms a moving frame, {name}": value for name, value in median.items()},
        **{f"{name} / nano-sort": median[name] / median["nano-sort"] for name in (REAL, "gpt3")},
    }


_READING = f"""
import time
begin = time.perf_counter()
from render.model import load_model
from render.stage.pyramid import keep_pyramid
model = load_model({REAL!r})
model.run(model.encode({PROMPT!r})[:12], 1)
keep_pyramid(model)
print(time.perf_counter() - begin)
"""


def reading_figures() -> dict[str, Any]:
    """Seconds to load a real model, trace twelve tokens and have its coarse levels, in a new process: first, then."""
    with tempfile.TemporaryDirectory() as folder:
        command, own = [sys.executable, "-c", _READING], {**os.environ, "RENDER_CACHE": folder}
        seconds = [float(subprocess.run(command, env=own, capture_output=True, check=True).stdout) for _ in range(2)]
    return {f"s to load and trace {REAL}, first": seconds[0], f"s to load and trace {REAL}, then": seconds[1]}


def clip_figures(size: str) -> dict[str, Any]:
    """A clip from the whole of a real model to one of its cells."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "journey.yaml"
        scene.write_text(JOURNEY)
        return {f"{REAL}, whole to one cell: {name}": value for name, value in film_figures(scene, size).items()}


def glyph_way(film: Film) -> tuple[Callable[[Pose], object], int]:
    """The straightforward way in PyVista: a cube for every cell, coloured by value, multisampled, read back."""
    import pyvista as pv
    import vtk

    (production,) = film.programme.productions
    layout, trace = production.layout, production.run.steps[-1]
    centres, values = [], []
    for box in layout.boxes.values():
        columns, rows = np.meshgrid(np.arange(box.width) + 0.5, np.arange(box.height) + 0.5)
        x, y, z = box.corner
        centres.append(np.stack([x + columns.ravel(), y - rows.ravel(), np.full(columns.size, z - 0.5)], axis=1))
        own = np.asarray(trace[box.tensor]).ravel()
        values.append(np.resize(np.where(np.isfinite(own), own, 0.0), columns.size))
    cloud = pv.PolyData(np.concatenate(centres).astype(np.float32))
    cloud["value"] = np.concatenate(values)
    plotter = pv.Plotter(off_screen=True, window_size=list(production.size))
    plotter.enable_anti_aliasing("msaa", multi_samples=4)
    plotter.add_mesh(
        cloud.glyph(geom=pv.Cube(x_length=0.8, y_length=0.8, z_length=0.8), scale=False, orient=False), cmap="coolwarm"
    )
    plotter.show(auto_close=False)
    pixels = vtk.vtkUnsignedCharArray()
    width, height = production.size

    def draw(pose: Pose) -> object:
        view = View(pose, production.size)
        camera = plotter.camera
        camera.position, camera.focal_point, camera.up = view.eye, pose.target, view.basis[1]
        camera.view_angle = 22.0
        plotter.renderer.ResetCameraClippingRange()
        plotter.ren_win.Render()
        plotter.ren_win.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
        return pixels

    return draw, cloud.n_points


def growth_figures(film: Film, frames: int) -> dict[str, Any]:
    """Resident memory after 200 frames and after `frames`, in MB."""
    painter = Painter(film.programme)
    moments = film.programme.frames()
    early = 0.0
    for number in range(frames):
        painter(moments[number % len(moments)])
        if number == 199:
            early = resident(os.getpid())
    late = resident(os.getpid())
    painter.close()
    return {"MB after 200 frames": early, f"MB after {frames} frames": late}


def film_figures(scene: Path, size: str) -> dict[str, Any]:
    """Seconds for a whole scene as a command, by its own length, and the peak memory of all its processes."""
    film = load(scene, size=size)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "render", str(scene), "--size", size, "-o", f"{folder}/film.mp4"]
        begin = time.perf_counter()
        process = subprocess.Popen(command)
        peak = [0.0]
        watcher = threading.Thread(target=watch, args=(process, peak), daemon=True)
        watcher.start()
        if process.wait():
            sys.exit("the film failed")
        seconds = time.perf_counter() - begin
        megabytes = Path(f"{folder}/film.mp4").stat().st_size / 1e6
    return {
        "seconds of film": film.duration,
        "seconds to render it": seconds,
        "times its own length": seconds / film.duration,
        "peak MB of all processes": peak[0],
        "MB of film": megabytes,
    }


def watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    """Keep the largest sum of memory that the process and its children held at one moment."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(resident(pid) for pid in family(process.pid)))
        time.sleep(0.2)


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in family(int(child)))]


def resident(pid: int) -> float:
    """MB of memory that a process holds, what it shares counted by its share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


if __name__ == "__main__":
    main()
