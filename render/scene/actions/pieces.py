"""Pieces of tensors that leave their place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pydantic import Field

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, each, same_size
from render.scene.context import TemplateContext
from render.scene.fields import OneSelector, Selectors


class Copy(TimedAction):
    """Let a copy of a region fly to another one of as many cells."""

    word, called = "copy", "a copy"
    what: OneSelector = Field(alias="copy")
    to: OneSelector

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(same_size, self.what, self.to, context)


class Move(TimedAction):
    """Let a region fly to another one of as many cells."""

    word, called = "move", "a move"
    what: OneSelector = Field(alias="move")
    to: OneSelector

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(same_size, self.what, self.to, context)


class PutBack(TimedAction):
    """Send home what was moved, and make copies vanish."""

    word, called = "put_back", "a put_back"
    what: Selectors = Field(alias="put_back")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)
