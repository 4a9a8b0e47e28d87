"""Where the films of scripts go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from render.errors import UserError
from render.video.whole import holds_frames

# As text: a path would lose the slash at its end.
Target = Annotated[str | None, Parameter(name=["-o", "--output"])]

FOLDER = "output"
"""Where films go for which nobody says where."""


def targets(scenes: Sequence[Path], output: str | None) -> list[Path]:
    """Where the film of each script goes.

    An output that ends in a slash, or is a folder and none of PNG frames, takes all of them under the scripts' names.
    Another one is that of a single film. Raises UserError where two would go to the same place.
    """
    if output is None or _is_for_films(output):
        folder = Path(FOLDER if output is None else output)
    elif len(scenes) == 1:
        return [Path(output)]
    elif Path(output).suffix:
        raise UserError(f"{len(scenes)} films do not go into one file {output}: give a folder")
    else:
        folder = Path(output)
    found = [folder / f"{scene.stem}.mp4" for scene in scenes]
    for target in found:
        if found.count(target) > 1:
            raise UserError(f"two of the scenes would be written to {target}: render them one by one with -o")
    return found


def _is_for_films(output: str) -> bool:
    return output.endswith(("/", os.sep)) or (Path(output).is_dir() and not holds_frames(Path(output)))
