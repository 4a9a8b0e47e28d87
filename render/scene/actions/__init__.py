"""What a beat can do: one class an action, in the words of the script, with the checks of what it names."""

from render.scene.actions.action import ACTIONS, Action, Actions, TimedAction, Wait
from render.scene.actions.camera import Camera, MoveCamera, Shot
from render.scene.actions.computing import Clear, Explain, FeedBack, Fill
from render.scene.actions.looks import Dim, Hide, Show
from render.scene.actions.marks import Bracket, Highlight, Label, Section, Sign
from render.scene.actions.pieces import Copy, Move, PutBack
from render.scene.actions.plots import Chart

__all__ = [
    "ACTIONS",
    "Action",
    "Actions",
    "Bracket",
    "Camera",
    "Chart",
    "Clear",
    "Copy",
    "Dim",
    "Explain",
    "FeedBack",
    "Fill",
    "Hide",
    "Highlight",
    "Label",
    "Move",
    "MoveCamera",
    "PutBack",
    "Section",
    "Shot",
    "Show",
    "Sign",
    "TimedAction",
    "Wait",
]
