"""The minimap: where in the model the camera is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from render.scene.actions.action import TimedAction
from render.scene.fields import choice


class Minimap(TimedAction):
    """Show the minimap, or no longer, from here on."""

    word, called = "minimap", "a minimap"
    switch: Annotated[Literal["on", "off"], PlainValidator(choice("on", "off"))] = Field(alias="minimap")
