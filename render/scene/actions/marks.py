"""Marks on the picture: outlines and words beside what they speak of."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, each, one, words
from render.scene.context import TemplateContext
from render.scene.fields import OneSelector, Selectors, Sentence, Switch


class Highlight(TimedAction):
    """Light up cells, until the beat ends or, with `keep`, until the scene does."""

    word, called = "highlight", "a highlight"
    what: Selectors = Field(alias="highlight")
    keep: Switch = False

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)


class Label(TimedAction):
    """Write `text` beside a region."""

    word, called = "label", "a label"
    what: OneSelector = Field(alias="label")
    text: Sentence
    keep: Switch = False

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield one(self.what, context)
        yield from words(self.text, context)
