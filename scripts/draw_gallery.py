"""Draws the README's pictures into output/gallery: telling moments of the scenes.

python scripts/draw_gallery.py [NAME...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import imageio.v3 as iio

from render.film import load
from render.programme import Moment
from render.programme.painter import Painter
from render.stage import opengl

ROOT = Path(__file__).parent.parent
MOMENTS = {
    "whole": ("sort", "more", 0.9),
    "embedding": ("sort", "embedding", 0.6),
    "score": ("sort", "score", 0.8),
    "prediction": ("sort", "prediction", 0.9),
    "head": ("capital-of-france", "head", 0.85),
    "layers": ("capital-of-france", "lens", 0.97),
    "sizes": ("sizes", "gpt3", 0.9),
    "01-introduction": ("walkthrough/01-introduction", "run", 0.45),
    "02-preliminaries": ("walkthrough/02-preliminaries", "cell", 0.8),
    "03-embedding": ("walkthrough/03-embedding", "lift", 0.55),
    "04-layer-norm": ("walkthrough/04-layer-norm", "all", 0.75),
    "05-self-attention": ("walkthrough/05-self-attention", "score", 0.34),
    "06-projection": ("walkthrough/06-projection", "residual", 0.35),
    "07-mlp": ("walkthrough/07-mlp", "gelu", 0.6),
    "08-transformer": ("walkthrough/08-transformer", "patterns-1", 0.9),
    "09-softmax": ("walkthrough/09-softmax", "formula", 0.4),
    "10-output": ("walkthrough/10-output", "choose", 0.9),
}
"""Of each picture the scene, the beat, and the fraction of it that is over."""


def main() -> None:
    """Draw the pictures that the command line names, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    if strangers := set(asked.names) - set(MOMENTS):
        parser.error(f"no picture is called {', '.join(sorted(strangers))}; there are {', '.join(MOMENTS)}")
    opengl.prepare()
    for name in asked.names or MOMENTS:
        scene, beat, fraction = MOMENTS[name]
        programme = load(ROOT / "scenes" / f"{scene}.yaml", size="960x540").programme
        (production,) = programme.productions
        shots = production.timeline.shots
        number = [shot.id for shot in shots].index(beat)
        painter = Painter(programme)
        frame = painter(Moment(0, number, fraction * shots[number].duration))
        painter.close()
        iio.imwrite(ROOT / "output" / "gallery" / f"{name}.jpg", frame[..., :3], quality=88)
        print(name)


if __name__ == "__main__":
    main()
