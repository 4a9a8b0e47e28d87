"""Computing: tensors fill, a cell's formula is shown, the prediction feeds back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from pydantic import Field, PlainValidator

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, computed, defined, each, explained, explained_within, running
from render.scene.context import TemplateContext
from render.scene.entry import Entry
from render.scene.fields import Length, OneSelector, Selectors, Switch, whole


class Fill(TimedAction):
    """Compute tensors cell by cell, in the order of computation, with `lines` from the operands of each cell.

    explain: the one cell at which the fill stops to show its formula
    """

    word, called = "fill", "a fill"
    what: Selectors = Field(alias="fill")
    explain: OneSelector | None = None
    lines: Switch = True

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield from (partial(computed, selector, context) for selector in self.what)
        if self.explain is not None:
            yield partial(explained_within, self.explain, self.what, context)


class Clear(TimedAction):
    """Make tensors not yet computed again."""

    word, called = "clear", "a clear"
    what: Selectors = Field(alias="clear")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)


class Explain(TimedAction):
    """Show the formula of one cell with its numbers.

    length:   seconds that it stays (`for` in the script); None is its usual time
    products: how many products of a long sum are written out
    """

    word, called = "explain", "an explain"
    what: OneSelector = Field(alias="explain")
    length: Length | None = Field(None, alias="for")
    products: Annotated[int, PlainValidator(whole(1, 8))] = 3

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(explained, self.what, context)


class Define(TimedAction):
    """Show the formula of any cell of one tensor, and what its symbols stand for.

    length: seconds that it stays (`for` in the script); None is its usual time
    """

    word, called = "formula", "a formula"
    what: OneSelector = Field(alias="formula")
    length: Length | None = Field(None, alias="for")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(defined, self.what, context)


class Times(Entry):
    """The options of feed_back."""

    called = "a feed_back"
    times: Annotated[int, PlainValidator(whole(1, 1000))] = 1


class FeedBack(TimedAction):
    """Let the prediction join the input and the model run again, `times` times, over `over` seconds in all."""

    word, called = "feed_back", "a feed_back"
    how: Times | None = Field(None, alias="feed_back")

    @property
    def times(self) -> int:
        return self.how.times if self.how else 1

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(running, self, "it predicts nothing", context)
