"""Measures how quick `render` is, and prints a table and JSON.

    python scripts/bench.py                 the frame, against one cube glyph a cell: a minute
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
from render.painter import Painter
from render.stage import opengl
from render.timeline import Pose, State, View, frame_points

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


def moving(film: Film) -> list[State]:
    """The whole model in view, everything computed, the camera a little farther in every frame."""
    (production,) = film.programme.productions
    layout = production.layout
    pose = frame_points(layout.bounds.corners, production.aspect, -16, 14)
    filled = dict.fromkeys(layout.boxes, 1.0)
    poses = [Pose(pose.target, pose.distance, pose.azimuth + 0.2 * i, pose.elevation) for i in range(12)]
    return [State(pose, len(production.run.steps) - 1, filled=filled) for pose in poses]


def frame_figures(film: Film, rounds: int) -> dict[str, Any]:
    """Milliseconds for one moving frame, drawn and read back: ours, and one cube glyph a cell."""
    states = moving(film)
    painter = Painter(film.programme)
    (production,) = film.programme.productions
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
        own = trace[box.tensor].ravel()
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
