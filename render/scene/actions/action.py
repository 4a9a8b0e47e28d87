"""What every action has in common, and how one is told by its word."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, SerializeAsAny

from render.scene.checks import Check
from render.scene.context import TemplateContext
from render.scene.entry import Entry
from render.scene.errors import ScriptError
from render.scene.fields import Duration, choice, listed
from render.scene.written import Table

EASES = ("linear", "in", "out", "in_out")

Ease = Annotated[Literal["linear", "in", "out", "in_out"], PlainValidator(choice(*EASES))]

ACTIONS: dict[str, type[Action]] = {}
"""Every action there is, by its word."""


class Action(Entry):
    """One thing that a beat does. `word` names it in the script.

    at:       seconds from the start of the beat; None is after the action before
    together: the actions that start together with this one (`with` in the script)
    """

    word: ClassVar[str]
    at: Duration | None = None
    together: Actions = Field((), alias="with")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if hasattr(cls, "word"):
            ACTIONS[cls.word] = cls

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        """The checks of this action by itself, at the step of the run when it is on."""
        return iter(())


OneAction = Annotated[SerializeAsAny[Action], PlainValidator(lambda written: read_action(written))]
Actions = Annotated[tuple[OneAction, ...], BeforeValidator(listed("actions"))]
Action.model_rebuild()


class TimedAction(Action):
    """An action that takes time: `over` seconds, None for its usual time; `ease` None for its usual easing."""

    over: Duration | None = None
    ease: Ease | None = None


class Wait(Action):
    """Do nothing for `length` seconds."""

    word, called = "wait", "a wait"
    length: Duration = Field(alias="wait")


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
