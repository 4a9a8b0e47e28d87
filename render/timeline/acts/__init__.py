"""How each action is timed: every module registers its actions with `choreography.time`."""

from render.timeline.acts import computing, flow, looks, marks, minimap, pieces, plots, rests, working
from render.timeline.choreography import time

__all__ = ["computing", "flow", "looks", "marks", "minimap", "pieces", "plots", "rests", "time", "working"]
