"""Pieces of tensors that leave their place, stand together, and come home."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, computed, each, one, same_size, valued
from render.scene.context import TemplateContext
from render.scene.errors import Place
from render.scene.fields import OneSelector, Selectors, Switch, Words, choice, number, one_or_more

SIDES = ("left", "right", "above", "below", "front")

Side = Annotated[Literal["left", "right", "above", "below", "front"], PlainValidator(choice(*SIDES))]
Cells = Annotated[float, PlainValidator(number(0, 1000, unit=" cells"))]


class Copy(TimedAction):
    """Let a copy of a region fly to another one of as many cells."""

    word, called = "copy", "a copy"
    what: OneSelector = Field(alias="copy")
    to: OneSelector

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(same_size, self.what, self.to, context)


class Move(TimedAction):
    """Let a region fly to another one of as many cells, or whatever is selected stand `beside` something.

    side: on which side of it, `gap` cells away; all that is selected moves as one
    """

    word, called = "move", "a move"
    what: OneSelector = Field(alias="move")
    to: OneSelector | None = None
    beside: OneSelector | None = None
    side: Side = "right"
    gap: Cells = 3.0

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if (self.to is None) == (self.beside is None):
            yield self.where("to"), "a move goes either 'to' a region or 'beside' something: give one of them"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        if self.to is not None:
            yield partial(same_size, self.what, self.to, context)
        else:
            yield partial(valued, self.what, context)
            yield from each([self.beside] if self.beside else (), context)


class Lift(TimedAction):
    """Take pieces out of their boxes: `by` cells towards the viewer, or to another `side`."""

    word, called = "lift", "a lift"
    what: Selectors = Field(alias="lift")
    by: Cells = 8.0
    side: Side = "front"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return (partial(valued, selector, context) for selector in self.what)


class Stack(TimedAction):
    """Let pieces fly together and stand side by side, in a `row` or a `column`, `gap` cells apart.

    beside: what they stand beside, on which `side` of it; in front of the middle of the picture where it is not given
    signs:  what stands between them: one sign for all gaps, or one for each
    take:   whether they leave their places; otherwise copies fly
    """

    word, called = "stack", "a stack"
    what: Selectors = Field(alias="stack")
    way: Annotated[Literal["row", "column"], PlainValidator(choice("row", "column"))] = Field("row", alias="in")
    gap: Cells = 2.0
    beside: OneSelector | None = None
    side: Side = "right"
    signs: Annotated[tuple[Words, ...], BeforeValidator(one_or_more("signs"))] = ()
    take: Switch = False

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if len(self.signs) > 1 and len(self.what) > 1 and len(self.signs) != len(self.what) - 1:
            gaps = len(self.what) - 1
            yield self.where("signs"), f"{len(self.signs)} signs for {gaps} gaps; give one sign for all, or {gaps}"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield from (partial(valued, selector, context) for selector in self.what)
        yield from each([self.beside] if self.beside else (), context)


class Collapse(TimedAction):
    """Let pieces that stand somewhere fly into one another and become the cells of `into`, which are computed then."""

    word, called = "collapse", "a collapse"
    what: Selectors = Field(alias="collapse")
    into: OneSelector

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield from each(self.what, context)
        yield one(self.into, context)
        yield partial(computed, self.into, context)


class Open(TimedAction):
    """Split boxes open at some of their rows or columns: these stand alone, `gap` cells away from the rest."""

    word, called = "open", "an open"
    what: Selectors = Field(alias="open")
    gap: Cells = 2.0

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)


class Close(TimedAction):
    """Close boxes that were split open."""

    word, called = "close", "a close"
    what: Selectors = Field(alias="close")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)


class PutBack(TimedAction):
    """Send home what was moved, lifted or taken, and make copies vanish."""

    word, called = "put_back", "a put_back"
    what: Selectors = Field(alias="put_back")

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each(self.what, context)
