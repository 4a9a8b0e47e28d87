"""What is seen at time t: beats compiled to actions, the camera, easing. `state(t)` is a pure function."""

from render.timeline.state import (
    Beside,
    Bracket,
    Caption,
    Card,
    Chart,
    Flyer,
    Heading,
    Label,
    Look,
    Outline,
    Pose,
    Progress,
    Section,
    Sign,
    State,
    Thread,
    TokenRow,
)
from render.timeline.view import View, frame_points

__all__ = [
    "Beside",
    "Bracket",
    "Caption",
    "Card",
    "Chart",
    "Flyer",
    "Heading",
    "Label",
    "Look",
    "Outline",
    "Pose",
    "Progress",
    "Section",
    "Sign",
    "State",
    "Thread",
    "TokenRow",
    "View",
    "frame_points",
]
