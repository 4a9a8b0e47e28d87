"""Draws the pictures of docs/scene-language.md: each of its examples at its most telling moment.

python scripts/draw_docs.py [ID...]
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import imageio.v3 as iio

from render.painter import Painter
from render.production import Production
from render.programme import Programme
from render.scene import parse_scene
from render.stage import opengl

DOCS = Path(__file__).parent.parent / "docs"
HEAD = "title: The scene language\nprompt: CBABBC\nvideo: {size: 960x540}\nbeats:\n"


def examples() -> Iterator[tuple[str, str]]:
    """The id of every example's beat and the script that it makes."""
    text = (DOCS / "scene-language.md").read_text()
    for beats in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        yield re.findall(r"id: (\S+)", beats)[0], HEAD + textwrap.indent(beats, "  ")


def main() -> None:
    """Draw the pictures that the command line names, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*")
    asked = parser.parse_args()
    opengl.prepare()
    (DOCS / "pictures").mkdir(exist_ok=True)
    for id, script in examples():
        if asked.ids and id not in asked.ids:
            continue
        production = Production(parse_scene(script, f"{id}.yaml"))
        painter = Painter(Programme((production,)))
        frame = painter.paint(production, production.timeline.state(production.timeline.shots[0].telling))
        painter.close()
        iio.imwrite(DOCS / "pictures" / f"{id}.jpg", frame[..., :3], quality=90)
        print(id)


if __name__ == "__main__":
    main()
