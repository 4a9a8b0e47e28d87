"""Plots of traced values, and parameters that change while a plot is seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from render.scene.actions.action import TimedAction
from render.scene.checks import Check, running, words
from render.scene.context import TemplateContext
from render.scene.errors import Place
from render.scene.fields import Selectors, Sentence, Switch, Words, choice, listed, number, whole
from render.scene.plottable import alike, of_one_model, plottable, readable

FORMS = ("bars", "line", "histogram", "heat_map", "curve")
WAYS = ("softmax", "argmax", "prediction", "exp")

MOST_SERIES = 6
"""How many series one plot can show."""

MOST_ROWS = 36
"""How many rows of bars can be read on one card."""

TEMPERATURES = (0.01, 100.0)
"""The lowest and the highest temperature of a softmax."""

Form = Annotated[Literal["bars", "line", "histogram", "heat_map", "curve"], PlainValidator(choice(*FORMS))]
Way = Annotated[Literal["softmax", "argmax", "prediction", "exp"], PlainValidator(choice(*WAYS))]
Names = Annotated[tuple[Sentence, ...], BeforeValidator(listed("names"))]


class Chart(TimedAction):
    """Plot traced values: one region, or several as series with the same axes.

    form:        what the plot looks like (`as` in the script)
    through:     what is done to the values before they are drawn
    top:         how many bars there are, of the largest values; None for all, or ten of many
    temperature: what the scores are divided by on their way through softmax; None is 1
    names:       what the series are called; empty for the titles of their tensors
    """

    word, called = "chart", "a chart"
    what: Selectors = Field(alias="chart")
    form: Form = Field("bars", alias="as")
    through: Way | None = None
    temperature: Annotated[float, PlainValidator(number(*TEMPERATURES))] | None = None
    title: Sentence | None = None
    names: Names = ()
    top: Annotated[int, PlainValidator(whole(1, MOST_ROWS))] | None = None
    keep: Switch = False

    @property
    def of_layers(self) -> bool:
        """Whether it shows what the model would say after each of several layers."""
        several = len(self.what) > 1 or any("*" in selector.name for selector in self.what)
        return several and (self.form, self.through) == ("bars", "prediction")

    def flaws(self) -> Iterator[tuple[Place, str]]:
        several = self.form in ("line", "histogram") or self.of_layers
        if len(self.what) > 1 and not several:
            message = f"'as: {self.form}' shows one thing, and this is {len(self.what)}"
            yield self.where("chart"), f"{message}; several go into one plot with 'as: line' or 'as: histogram'"
        elif len(self.what) > MOST_SERIES and not self.of_layers:
            yield self.where("chart"), f"a plot has room for {MOST_SERIES} series, and these are {len(self.what)}"
        if self.names and self.of_layers:
            yield self.where("names"), "the rows of this chart have the names of the layers"
        elif self.names and len(self.names) != len(self.what):
            yield self.where("names"), f"these are {len(self.names)} names for {len(self.what)} selectors"
        if self.top is not None and (self.form != "bars" or self.of_layers):
            yield self.where("top"), "'top' says how many bars there are, and there are none here"
        if self.temperature is not None and self.through != "softmax":
            yield self.where("temperature"), "a temperature is for what goes 'through: softmax'"
        if self.form == "curve" and self.through is not None:
            yield self.where("through"), "a curve shows its tensor's own function; nothing goes through another first"
        if self.form == "heat_map" and self.through == "prediction":
            yield self.where("through"), "a prediction is one row of numbers; show it as bars, line or histogram"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        if self.of_layers:
            yield partial(readable, self.what, MOST_ROWS, context)
        else:
            yield from (partial(plottable, selector, self.form, self.through, context) for selector in self.what)
        if self.through == "prediction":
            yield partial(of_one_model, self.what, context)
        if self.form == "line":
            yield partial(alike, self.what, context)
        for template in (self.title, *self.names):
            yield from words(template, context)


class Sweep(TimedAction):
    """Change a parameter of the plots in the picture: a softmax's temperature, or an index along a dimension.

    what:       "temperature", or the dimension
    start, end: its first and its last value (`from` and `to` in the script)
    """

    word, called = "sweep", "a sweep"
    what: Words = Field(alias="sweep")
    start: Annotated[float, PlainValidator(number(-999_999, 999_999))] = Field(alias="from")
    end: Annotated[float, PlainValidator(number(-999_999, 999_999))] = Field(alias="to")

    @property
    def of_temperature(self) -> bool:
        return self.what == "temperature"

    def flaws(self) -> Iterator[tuple[Place, str]]:
        low, high = TEMPERATURES
        for key, value in (("from", self.start), ("to", self.end)):
            if self.of_temperature and not low <= value <= high:
                yield self.where(key), f"a temperature is from {low:g} to {high:g}, not {value:g}"
            if not self.of_temperature and value != int(value):
                yield self.where(key), f"'{key}' must be a whole number, an index along '{self.what}', not {value:g}"
        if self.start == self.end:
            yield self.where("to"), f"a sweep from {self.start:g} to {self.end:g} changes nothing"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(running, self, "there is nothing to sweep", context)
