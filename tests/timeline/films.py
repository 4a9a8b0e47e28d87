"""Small scripts turned into time lines."""

from __future__ import annotations

import textwrap

from render.programme.production import Production
from render.scene import parse_scene
from render.timeline import Look, State
from render.timeline.timeline import Timeline


def production(beats: str, prompt: str = "CBABBC", size: str = "320x180") -> Production:
    """nano-sort over `prompt`; `beats` is the script's list of beats."""
    head = f"title: A test\nprompt: {prompt}\nvideo: {{size: {size}, fps: 10}}\nbeats:\n"
    return Production(parse_scene(head + textwrap.indent(textwrap.dedent(beats).strip("\n"), "  ")))


def timeline(beats: str, prompt: str = "CBABBC", size: str = "320x180") -> Timeline:
    return production(beats, prompt, size).timeline


def alpha(state: State, box: str, column: float = 0.5, row: float = 0.5) -> float:
    """How solid a cell of a box is."""
    look = state.looks.get(box, Look())
    for (c0, r0, c1, r1), own in reversed(look.windows):
        if c0 <= column < c1 and r0 <= row < r1:
            return own
    return look.alpha
