"""How long one frame takes: ours, one cube glyph a cell, and models of all sizes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from render.film import Film
from render.layout import Layout, arrange
from render.model import Run, load_model
from render.programme.painter import Painter
from render.timeline import Pose, State, View, frame_points

REAL, PROMPT = "smollm2-135m", "The capital of France is a city on a river, and its name is"


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


def glyph_way(film: Film) -> tuple[Callable[[Pose], object], int]:
    """The straightforward way in PyVista: a cube for every cell, coloured by value, multisampled, read back."""
    import pyvista as pv
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

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
    pixels = vtkUnsignedCharArray()
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
