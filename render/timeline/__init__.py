"""What is seen at time t: beats compiled to actions, the camera, easing. `state(t)` is a pure function."""

from render.timeline.state import (
    Caption,
    Card,
    Chart,
    Definition,
    Flyer,
    Heading,
    Label,
    Look,
    Operator,
    Outline,
    Pose,
    Progress,
    Pulse,
    State,
    Thread,
    TokenRow,
)
from render.timeline.view import View, frame_points

__all__ = [
    "Caption",
    "Card",
    "Chart",
    "Definition",
    "Flyer",
    "Heading",
    "Label",
    "Look",
    "Operator",
    "Outline",
    "Pose",
    "Progress",
    "Pulse",
    "State",
    "Thread",
    "TokenRow",
    "View",
    "frame_points",
]
