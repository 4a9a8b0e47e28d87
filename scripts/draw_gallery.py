"""Draws the README's pictures of the walkthrough into output/gallery: one telling moment of each chapter.

python scripts/draw_gallery.py
"""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio

from render.film import load
from render.painter import Painter
from render.programme import Moment
from render.stage import opengl

ROOT = Path(__file__).parent.parent
MOMENTS = {
    "01-introduction": ("run", 0.45),
    "02-preliminaries": ("cell", 0.8),
    "03-embedding": ("lift", 0.55),
    "04-layer-norm": ("all", 0.75),
    "05-self-attention": ("score", 0.34),
    "06-projection": ("residual", 0.35),
    "07-mlp": ("gelu", 0.6),
    "08-transformer": ("patterns-1", 0.9),
    "09-softmax": ("formula", 0.4),
    "10-output": ("choose", 0.9),
}
"""The beat of each chapter, and the fraction of it that is over."""


def main() -> None:
    """Draw the pictures."""
    opengl.prepare()
    for chapter, (beat, fraction) in MOMENTS.items():
        programme = load(ROOT / "scenes" / "walkthrough" / f"{chapter}.yaml", size="960x540").programme
        (production,) = programme.productions
        shot = next(shot for shot in production.timeline.shots if shot.id == beat)
        painter = Painter(programme)
        frame = painter(Moment(0, shot.start + fraction * shot.duration))
        painter.close()
        iio.imwrite(ROOT / "output" / "gallery" / f"{chapter}.jpg", frame[..., :3], quality=88)


if __name__ == "__main__":
    main()
