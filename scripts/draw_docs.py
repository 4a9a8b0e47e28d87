"""Draws the pictures of docs/scene-language.md: each of its examples at its most telling moment.

python scripts/draw_docs.py [ID...]
"""

from __future__ import annotations

import argparse
import re
import textwrap
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from render.programme import Moment, Programme
from render.programme.painter import Painter
from render.scene import Scene, parse_scene
from render.stage import opengl

DOCS = Path(__file__).parent.parent / "docs"
HEAD = "title: The scene language\nprompt: CBABBC\n"
SIZE = "960x540"


class Examples:
    """The examples of the reference by the ids of their beats: each a script of its own.

    scripts: what stands in the document, a whole script as it is, beats with a head
    moments: seconds into the beat, of those whose picture's words end in "2.5 s into the beat"
    """

    def __init__(self) -> None:
        text = (DOCS / "scene-language.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        self.scripts: dict[str, str] = {re.findall(r"id: (\S+)", block)[0]: _script(block) for block in blocks}
        moments = re.findall(r"(\S+) s into the beat\]\(pictures/(\S+)\.jpg\)", text)
        self.moments: dict[str, float] = {id: float(seconds) for seconds, id in moments}

    def programme(self) -> Programme:
        """One film of all examples, in their order: they share models, runs and windows."""
        film = f"{HEAD}include: [{', '.join(f'{id}.yaml' for id in self.scripts)}]"
        return Programme(
            scene(film, "scene-language.yaml"),
            tuple(scene(script, f"{id}.yaml") for id, script in self.scripts.items()),
        )

    def draw(self, painter: Painter, programme: Programme, id: str) -> NDArray[np.uint8]:
        """An example at the moment that its picture's words give, or else its most telling: (height, width, 3) RGB."""
        part = list(self.scripts).index(id)
        telling = programme.productions[part].timeline.shots[0].telling
        return painter(Moment(part, 0, self.moments.get(id, telling)))[..., :3]


def scene(script: str, file: str) -> Scene:
    """A script at the size of the pictures."""
    return parse_scene(script, file).revised(size=SIZE)


def _script(block: str) -> str:
    return block if block.startswith("title:") else f"{HEAD}beats:\n{textwrap.indent(block, '  ')}"


def picture(id: str) -> Path:
    """Where the picture of an example is stored."""
    return DOCS / "pictures" / f"{id}.jpg"


def main() -> None:
    """Draw the pictures that the command line names, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*")
    asked = parser.parse_args()
    examples = Examples()
    if strangers := set(asked.ids) - set(examples.scripts):
        parser.error(f"no example is called {', '.join(sorted(strangers))}; there are {', '.join(examples.scripts)}")
    opengl.prepare()
    programme = examples.programme()
    painter = Painter(programme)
    (DOCS / "pictures").mkdir(exist_ok=True)
    for id in asked.ids or examples.scripts:
        iio.imwrite(picture(id), examples.draw(painter, programme, id), quality=88)
        print(id)
    painter.close()


if __name__ == "__main__":
    main()
