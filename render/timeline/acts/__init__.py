"""How each action is timed: every module registers its actions with `choreography.time`."""

from render.timeline.acts import computing, looks, marks, pieces, plots, rests, working
from render.timeline.choreography import time

__all__ = ["computing", "looks", "marks", "pieces", "plots", "rests", "time", "working"]
