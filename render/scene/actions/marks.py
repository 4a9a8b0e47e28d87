"""Marks on the picture: outlines, brackets, titles, signs, and words beside what they speak of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, each, one, sides, words
from render.scene.context import TemplateContext
from render.scene.errors import Place, ScriptError
from render.scene.fields import OneSelector, Selectors, Sentence, Switch, Words, listed, one_or_more


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


class Bracket(TimedAction):
    """Brackets along the sides of regions, with the names and sizes of the dimensions that run there.

    sides: the dimensions that get one; None is all along which a region has two cells or more
    text:  words in place of the name and the size, of brackets along one side
    """

    word, called = "bracket", "a bracket"
    what: Selectors = Field(alias="bracket")
    sides: Annotated[tuple[Words, ...], BeforeValidator(one_or_more("dimensions"))] | None = None
    text: Sentence | None = None
    keep: Switch = False

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(self._check_sides, context)
        yield from words(self.text, context)

    def _check_sides(self, context: TemplateContext) -> None:
        """Every region has a side for a bracket, and the sides that are named are there."""
        found = list(dict.fromkeys(dim for selector in self.what for dim in sides(selector, context)))
        for i, side in enumerate(self.sides or ()):
            if side not in found:
                message = f"no side to bracket is along '{side}'; there are: {', '.join(found)}"
                raise ScriptError([(self.where("sides", i), message)])
        if self.text is not None and len(self.sides or found) > 1:
            message = f"a bracket with its own text is along one side; say which: sides: [{found[0]}]"
            raise ScriptError([(self.where("text"), message)])


class Section(TimedAction):
    """Write a title that stands in the scene, above all that `above` selects."""

    word, called = "section", "a section title"
    title: Sentence = Field(alias="section")
    above: Selectors
    keep: Switch = False

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield from each(self.above, context)
        yield from words(self.title, context)


class Sign(TimedAction):
    """Write an operator between two regions: what is done to the one with the other, or made of it."""

    word, called = "sign", "a sign"
    text: Sentence = Field(alias="sign")
    between: Annotated[tuple[OneSelector, ...], BeforeValidator(listed("selectors"))]
    keep: Switch = False

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if len(self.between) != 2:
            yield self.where("between"), f"a sign stands between two selectors, not {len(self.between)}"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield from each(self.between, context)
        yield from words(self.text, context)
