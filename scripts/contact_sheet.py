"""A contact sheet of a scene: evenly spaced frames in a grid, to look at a film at a glance.

python scripts/contact_sheet.py scenes/sort.yaml sheet.png --frames 24 --size 640x360
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from render.film import load
from render.programme.painter import Painter
from render.stage import opengl
from render.video.png import write_png


def main() -> None:
    """Draw the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--model", help="in place of the script's")
    parser.add_argument("--prompt", help="in place of the script's")
    parser.add_argument("--theme", choices=("light", "dark"))
    parser.add_argument("--from", dest="start", type=float, default=0.0)
    parser.add_argument("--to", dest="end", type=float)
    asked = parser.parse_args()

    opengl.prepare()
    film = load(asked.scene, model=asked.model, prompt=asked.prompt, size=asked.size, theme=asked.theme)
    end = film.duration if asked.end is None else asked.end
    painter = Painter(film.programme)
    times = asked.start + (np.arange(asked.frames) + 0.5) * (end - asked.start) / asked.frames
    frames = [
        np.pad(painter(film.programme.at(float(time))), ((2, 2), (2, 2), (0, 0)), constant_values=128) for time in times
    ]
    painter.close()
    frames += [np.zeros_like(frames[0])] * (-len(frames) % asked.columns)
    rows = [np.hstack(frames[i : i + asked.columns]) for i in range(0, len(frames), asked.columns)]
    sheet = np.vstack(rows)
    sheet[..., 3] = 255
    write_png(asked.output, sheet)


if __name__ == "__main__":
    main()
