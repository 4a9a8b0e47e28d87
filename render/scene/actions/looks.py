"""How solid things are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, PlainValidator

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, each
from render.scene.context import TemplateContext
from render.scene.fields import Selectors, number


class Show(TimedAction):
    """Show tensors that are hidden."""

    word, called = "show", "a show"
    what: Selectors = Field(alias="show")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)


class Hide(TimedAction):
    """Hide tensors."""

    word, called = "hide", "a hide"
    what: Selectors = Field(alias="hide")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)


class Dim(TimedAction):
    """Fade tensors to the opacity `to`, but for those that `but` selects (`except` in the script)."""

    word, called = "dim", "a dim"
    what: Selectors = Field(alias="dim")
    to: Annotated[float, PlainValidator(number(0, 1))] = 0.15
    but: Selectors = Field((), alias="except")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each((*self.what, *self.but), context)
