"""One computation worked out on a card, step by step, with its real numbers: a list of stages, each at rest."""

from render.timeline.working.board import columns_for
from render.timeline.working.moment import Moment, Shown, ShownSign, moment
from render.timeline.working.stage import Placed, Sign, Stage, Tile, Working
from render.timeline.working.work import work_out

__all__ = [
    "Moment",
    "Placed",
    "Shown",
    "ShownSign",
    "Sign",
    "Stage",
    "Tile",
    "Working",
    "columns_for",
    "moment",
    "work_out",
]
