"""What a beat can do: one class an action, in the words of the script, with the checks of what it names."""

from render.scene.actions.action import ACTIONS, Action, Actions, TimedAction, Wait
from render.scene.actions.camera import Camera, MoveCamera, Shot
from render.scene.actions.computing import Clear, Define, Explain, FeedBack, Fill
from render.scene.actions.flow import Pulse
from render.scene.actions.looks import Dim, Hide, Show
from render.scene.actions.marks import Bracket, Highlight, Label, Section, Sign
from render.scene.actions.minimap import Minimap
from render.scene.actions.pieces import Close, Collapse, Copy, Lift, Move, Open, PutBack, Stack
from render.scene.actions.plots import TEMPERATURES, Chart, Sweep
from render.scene.actions.working import WorkOut

__all__ = [
    "ACTIONS",
    "TEMPERATURES",
    "Action",
    "Actions",
    "Bracket",
    "Camera",
    "Chart",
    "Clear",
    "Close",
    "Collapse",
    "Copy",
    "Define",
    "Dim",
    "Explain",
    "FeedBack",
    "Fill",
    "Hide",
    "Highlight",
    "Label",
    "Lift",
    "Minimap",
    "Move",
    "MoveCamera",
    "Open",
    "Pulse",
    "PutBack",
    "Section",
    "Shot",
    "Show",
    "Sign",
    "Stack",
    "Sweep",
    "TimedAction",
    "Wait",
    "WorkOut",
]
