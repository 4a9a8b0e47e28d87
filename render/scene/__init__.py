"""What the script says: YAML with positions, the schema, selectors, templates, and the check against a model."""

from render.scene.actions import (
    ACTIONS,
    Action,
    Camera,
    Chart,
    Clear,
    Close,
    Collapse,
    Copy,
    Define,
    Dim,
    Explain,
    FeedBack,
    Fill,
    Hide,
    Highlight,
    Label,
    Lift,
    Minimap,
    Move,
    MoveCamera,
    Open,
    Pulse,
    PutBack,
    Show,
    Stack,
    TimedAction,
    Wait,
)
from render.scene.check import check_scene
from render.scene.context import TemplateContext
from render.scene.duration import parse_duration
from render.scene.errors import Place, ScriptError, gathered
from render.scene.fields import SIZES, Size
from render.scene.including import parts_of
from render.scene.loader import load_scene, parse_scene
from render.scene.rehearsal import prompt_tokens, rehearse
from render.scene.schema import Beat, Scene, Video
from render.scene.selector import PIECES, Selector, parse_selector, resolve, resolve_cell, resolve_region
from render.scene.template import Template, parse_template
from render.scene.written import flaw

__all__ = [
    "ACTIONS",
    "PIECES",
    "SIZES",
    "Action",
    "Beat",
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
    "Place",
    "Pulse",
    "PutBack",
    "Scene",
    "ScriptError",
    "Selector",
    "Show",
    "Size",
    "Stack",
    "Template",
    "TemplateContext",
    "TimedAction",
    "Video",
    "Wait",
    "check_scene",
    "flaw",
    "gathered",
    "load_scene",
    "parse_duration",
    "parse_scene",
    "parse_selector",
    "parse_template",
    "parts_of",
    "prompt_tokens",
    "rehearse",
    "resolve",
    "resolve_cell",
    "resolve_region",
]
