"""What the script says: YAML with positions, the schema, selectors, templates, and the check against a model."""

from render.scene.actions import (
    ACTIONS,
    Action,
    Bracket,
    Camera,
    Chart,
    Clear,
    Copy,
    Dim,
    Explain,
    FeedBack,
    Fill,
    Hide,
    Highlight,
    Label,
    Move,
    MoveCamera,
    PutBack,
    Section,
    Show,
    Sign,
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
from render.scene.selector import Selector, parse_selector, resolve, resolve_cell, resolve_region
from render.scene.template import Template, parse_template

__all__ = [
    "ACTIONS",
    "SIZES",
    "Action",
    "Beat",
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
    "Place",
    "PutBack",
    "Scene",
    "ScriptError",
    "Section",
    "Selector",
    "Show",
    "Sign",
    "Size",
    "Template",
    "TemplateContext",
    "TimedAction",
    "Video",
    "Wait",
    "check_scene",
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
