"""The flow between tensors."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from render.scene.actions.action import Action
from render.scene.checks import Check, each
from render.scene.context import TemplateContext
from render.scene.fields import Length, Selectors


class Pulse(Action):
    """Let pulses run along the ribbons into what is selected, for `length` seconds (`for` in the script)."""

    word, called = "pulse", "a pulse"
    what: Selectors = Field(alias="pulse")
    length: Length = Field(3.0, alias="for")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)
