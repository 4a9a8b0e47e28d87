"""What a beat can do: one class an action, in the words of the script."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, SerializeAsAny

from render.scene.entry import Entry
from render.scene.errors import Place, ScriptError
from render.scene.fields import (
    Duration,
    Length,
    OneSelector,
    Selectors,
    Sentence,
    Switch,
    choice,
    listed,
    number,
    whole,
)
from render.scene.written import Items, Table, Text

EASES = ("linear", "in", "out", "in_out")

Ease = Annotated[Literal["linear", "in", "out", "in_out"], PlainValidator(choice(*EASES))]
Angle = Annotated[float, PlainValidator(number(-80, 80, unit=" degrees"))]


class Camera(Entry):
    """Where the camera goes: it frames what `frame` selects, or follows what is being filled. None means as before.

    azimuth and elevation are degrees, zoom 1 fits what is framed, 0.8 leaves room; over is seconds.
    """

    called = "a camera"
    frame: Selectors | None = None
    follow: Switch = False
    azimuth: Angle | None = None
    elevation: Angle | None = None
    zoom: Annotated[float, PlainValidator(number(0.05, 50))] | None = None
    over: Duration | None = None
    ease: Ease | None = None

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if self.follow and self.frame is not None:
            yield self.where("follow"), "a camera either has a 'frame' or follows what is being filled, not both"


def framed(written: object) -> object:
    """A selector or a list of them is short for a camera's `frame`."""
    if isinstance(written, Text | Items):
        frame = Text.at("frame", written.origin, written.start, written.start, style=None)
        return Table({frame: written}, written.origin, written.start)
    return written


Shot = Annotated[Camera, BeforeValidator(framed)]


class Action(Entry):
    """One thing that a beat does. `word` names it in the script.

    at:       seconds from the start of the beat; None is after the action before
    together: the actions that start together with this one (`with` in the script)
    """

    word: ClassVar[str]
    at: Duration | None = None
    together: Actions = Field((), alias="with")


OneAction = Annotated[SerializeAsAny[Action], PlainValidator(lambda written: read_action(written))]
Actions = Annotated[tuple[OneAction, ...], BeforeValidator(listed("actions"))]
Action.model_rebuild()


class TimedAction(Action):
    """An action that takes time: `over` seconds, None for its usual time; `ease` None for its usual easing."""

    over: Duration | None = None
    ease: Ease | None = None


class Show(TimedAction):
    """Show tensors that are hidden."""

    word, called = "show", "a show"
    what: Selectors = Field(alias="show")


class Hide(TimedAction):
    """Hide tensors."""

    word, called = "hide", "a hide"
    what: Selectors = Field(alias="hide")


class Dim(TimedAction):
    """Fade tensors to the opacity `to`, but for those that `but` selects (`except` in the script)."""

    word, called = "dim", "a dim"
    what: Selectors = Field(alias="dim")
    to: Annotated[float, PlainValidator(number(0, 1))] = 0.15
    but: Selectors = Field((), alias="except")


class Highlight(TimedAction):
    """Light up cells, until the beat ends or, with `keep`, until the scene does."""

    word, called = "highlight", "a highlight"
    what: Selectors = Field(alias="highlight")
    keep: Switch = False


class Fill(TimedAction):
    """Compute tensors cell by cell, in the order of computation, with `lines` from the operands of each cell.

    explain: the one cell at which the fill stops to show its formula
    """

    word, called = "fill", "a fill"
    what: Selectors = Field(alias="fill")
    explain: OneSelector | None = None
    lines: Switch = True


class Clear(TimedAction):
    """Make tensors not yet computed again."""

    word, called = "clear", "a clear"
    what: Selectors = Field(alias="clear")


class Explain(TimedAction):
    """Show the formula of one cell with its numbers.

    length:   seconds that it stays (`for` in the script); None is its usual time
    products: how many products of a long sum are written out
    """

    word, called = "explain", "an explain"
    what: OneSelector = Field(alias="explain")
    length: Length | None = Field(None, alias="for")
    products: Annotated[int, PlainValidator(whole(1, 8))] = 3


class Define(TimedAction):
    """Show the formula of any cell of one tensor, and what its symbols stand for.

    length: seconds that it stays (`for` in the script); None is its usual time
    """

    word, called = "formula", "a formula"
    what: OneSelector = Field(alias="formula")
    length: Length | None = Field(None, alias="for")


class Label(TimedAction):
    """Write `text` beside a region."""

    word, called = "label", "a label"
    what: OneSelector = Field(alias="label")
    text: Sentence
    keep: Switch = False


class Chart(TimedAction):
    """Draw a row or column as a bar chart."""

    word, called = "chart", "a chart"
    what: OneSelector = Field(alias="chart")
    title: Sentence | None = None
    keep: Switch = False


class Copy(TimedAction):
    """Let a copy of a region fly to another one of as many cells."""

    word, called = "copy", "a copy"
    what: OneSelector = Field(alias="copy")
    to: OneSelector


class Move(TimedAction):
    """Let a region fly to another one of as many cells."""

    word, called = "move", "a move"
    what: OneSelector = Field(alias="move")
    to: OneSelector


class PutBack(TimedAction):
    """Send home what was moved, and make copies vanish."""

    word, called = "put_back", "a put_back"
    what: Selectors = Field(alias="put_back")


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


class MoveCamera(Action):
    """Move the camera in the middle of a beat."""

    word, called = "camera", "a camera move"
    camera: Shot


class Wait(Action):
    """Do nothing for `length` seconds."""

    word, called = "wait", "a wait"
    length: Duration = Field(alias="wait")


ACTIONS: dict[str, type[Action]] = {
    action.word: action
    for action in (
        *(Show, Hide, Dim, Highlight, Fill, Clear, Explain, Define, Label, Chart),
        *(Copy, Move, PutBack, FeedBack, MoveCamera, Wait),
    )
}


def read_action(written: object) -> Action:
    """One action, told by its word. Raises ScriptError, or ValueError when it is no mapping."""
    if not isinstance(written, Table):
        raise ValueError(f"must be written 'action: what', such as 'fill: embed'; the actions are {', '.join(ACTIONS)}")
    words = [key for key in written if key in ACTIONS]
    # an action's word can be an option of another: `fill: ..., explain: ...` is a fill
    own = [word for word in words if set(words) <= set(ACTIONS[word].keys())]
    if len(own) == 1:
        return ACTIONS[own[0]].read(written)
    if words:
        message = f"two actions in one item, '{words[0]}' and '{words[1]}'"
        raise ScriptError([(words[1].place(), f"{message}; give each its own '- ', or put one under 'with:'")])
    common = TimedAction.keys()
    strangers = [key for key in written if key not in common]
    if not strangers:
        raise ScriptError([(written.place(), f"this item has no action; the actions are {', '.join(ACTIONS)}")])
    near = difflib.get_close_matches(strangers[0], ACTIONS, n=1, cutoff=0.5)
    guess = f"did you mean '{near[0]}'? The" if near else "the"
    message = f"there is no action '{strangers[0]}'; {guess} actions are {', '.join(ACTIONS)}"
    raise ScriptError([(strangers[0].place(), message)])
