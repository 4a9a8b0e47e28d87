"""Plots of traced values."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pydantic import Field

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, row, words
from render.scene.context import TemplateContext
from render.scene.fields import OneSelector, Sentence, Switch


class Chart(TimedAction):
    """Draw a row or column as a bar chart."""

    word, called = "chart", "a chart"
    what: OneSelector = Field(alias="chart")
    title: Sentence | None = None
    keep: Switch = False

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(row, self.what, context)
        yield from words(self.title, context)
