"""Measures how quick `render` is and how good its pictures are, and prints a table and JSON.

    python scripts/bench.py                 the frame, against one cube glyph a cell, and of large models: two minutes
    python scripts/bench.py --film          the whole of scenes/sort.yaml: first, again, and with one word changed
    python scripts/bench.py --film scenes/walkthrough/full.yaml    another film: minutes
    python scripts/bench.py --layers        what a frame of a film costs, layer by layer: a minute a film
    python scripts/bench.py --quality       frames against supersampled references: some minutes a film
    python scripts/bench.py --growth 10000  memory over many frames: some minutes

Everything is measured in one run, what is compared in turns, so that a machine that is busy is so for both sides.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

SCENE = Path(__file__).parent.parent / "scenes" / "sort.yaml"
_THREADS = ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VTK_SMP_MAX_THREADS")


def main() -> None:
    """Run the benchmarks that the command line asks for; without a word all of one frame."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1080p")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--film", nargs="*", type=Path, metavar="SCENE", help="render whole scenes")
    parser.add_argument("--layers", nargs="*", type=Path, metavar="SCENE", help="what a frame costs, layer by layer")
    parser.add_argument("--quality", nargs="*", type=Path, metavar="SCENE", help="compare with supersampled frames")
    parser.add_argument("--growth", type=int, default=0, metavar="FRAMES", help="watch memory over so many frames")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()

    if asked.layers is not None:
        # As in each of a film's workers: one thread draws. It has to be said before anything is imported.
        os.environ.update(dict.fromkeys(_THREADS, "1"))
    figures = measured(asked)
    table = Table("figure", "value", box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:.2f}" if isinstance(value, float) else str(value))
    Console(width=160).print(table)
    print(json.dumps(figures))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """The figures by name."""
    from benchmarks import films, frames, layers, quality  # imported here: they load what reads the environment

    from render.film import load
    from render.stage import opengl

    size, drawn_by = asked.size, opengl.check()
    figures: dict[str, Any] = {"opengl": str(drawn_by), "cores": len(os.sched_getaffinity(0)), "size": size}
    if asked.film is None and asked.layers is None and asked.quality is None and not asked.growth:
        film = load(SCENE, size=size)
        figures |= frames.frame_figures(film, asked.rounds)
        figures |= frames.scale_figures(film, asked.rounds)
        figures |= frames.reading_figures()
        figures |= films.clip_figures(size)
    for scenes, figures_of in ((asked.layers, layers.layer_figures), (asked.film, films.film_figures)):
        for scene in () if scenes is None else scenes or [SCENE]:
            figures |= {f"{scene.stem}: {name}": value for name, value in figures_of(scene, size).items()}
    if asked.quality is not None:
        figures |= quality.quality_figures(asked.quality or [SCENE], size)
    if asked.growth:
        figures |= films.growth_figures(load(SCENE, size=size), asked.growth)
    return figures


if __name__ == "__main__":
    main()
