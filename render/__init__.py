"""Explainer clips of language models at work: a YAML script in, an MP4 out, every number traced.

>>> import render
>>> film = render.load("scenes/sort.yaml", size="720p")
>>> film.write("output/sort.mp4")
"""

from render.errors import MachineError, RenderError, UserError
from render.film import Film, load

__all__ = ["Film", "MachineError", "RenderError", "UserError", "load"]
