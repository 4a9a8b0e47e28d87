"""What is seen at time t: beats compiled to actions, the camera, easing. `state(t)` is a pure function."""

from render.timeline.plot import Bars, Chart, Curve, HeatMap, Histogram, Lines, Plot, Series, Tally
from render.timeline.state import (
    Caption,
    Card,
    Flyer,
    Heading,
    Label,
    Look,
    Outline,
    Pose,
    Progress,
    State,
    Thread,
    TokenRow,
)
from render.timeline.view import View, frame_points

__all__ = [
    "Bars",
    "Caption",
    "Card",
    "Chart",
    "Curve",
    "Flyer",
    "Heading",
    "HeatMap",
    "Histogram",
    "Label",
    "Lines",
    "Look",
    "Outline",
    "Plot",
    "Pose",
    "Progress",
    "Series",
    "State",
    "Tally",
    "Thread",
    "TokenRow",
    "View",
    "frame_points",
]
