"""Who plays: a model and what it reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator

from render.model import BUILT_IN, Model
from render.scene.actions import FeedBack
from render.scene.entry import Entry
from render.scene.errors import Place, ScriptError
from render.scene.fields import Words, listed, whole
from render.scene.shape import model as read_model
from render.scene.written import Table, Text

TokenId = Annotated[int, PlainValidator(whole(0, 999_999))]

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Role(Entry):
    """A model, by name or path or by the shape of one that has no weights here, and the text or the tokens it reads.

    One without weights reads nothing; it is drawn for a number of `positions`.
    """

    called = "a member of the cast"
    model: Annotated[str | Model, PlainValidator(read_model)]
    prompt: Words | None = None
    tokens: Annotated[tuple[TokenId, ...], BeforeValidator(listed("token ids"))] | None = None
    positions: Annotated[int, PlainValidator(whole(1, 999_999))] | None = None

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if self.prompt is not None and self.tokens is not None:
            yield self.where("tokens"), f"{self.called} has either 'prompt' or 'tokens', not both"
        if self.reads and self.prompt is None and self.tokens is None and self._has_weights:
            yield self.where(), f"{self.called} needs 'prompt' (text) or 'tokens' (a list of ids)"

    @property
    def _has_weights(self) -> bool:
        """Whether the model is there and has weights, as far as its name tells."""
        there = self.model in BUILT_IN or (isinstance(self.model, str) and os.path.exists(self.model))
        return there and not self.is_of_a_shape

    @property
    def reads(self) -> bool:
        """Whether it takes part itself."""
        return True

    @property
    def feed_backs(self) -> tuple[FeedBack, ...]:
        """What feeds its predictions back, in order."""
        return ()

    @property
    def n_feed_backs(self) -> int:
        """How many predictions join the input in all; the run has one pass more."""
        return sum(action.times for action in self.feed_backs)

    @property
    def is_of_a_shape(self) -> bool:
        """Whether the script itself says that the model has no weights here."""
        if isinstance(self.model, Model):
            return self.model.is_blank
        return self.model in BUILT_IN and BUILT_IN[self.model].is_blank


def _named_roles(value: object) -> dict[Text, object]:
    """Roles by the names that scripts call them by; a model's name alone is a role too."""
    if not isinstance(value, Table):
        raise ValueError("must be a mapping of names to models, such as {small: gpt2, large: gpt3}")
    roles: dict[Text, object] = {}
    for name, written in value.items():
        if not _NAME.fullmatch(name):
            message = f"'{name}' cannot be a name in the cast: it is letters, digits and _, such as 'large'"
            raise ScriptError([(name.place(), message)])
        if isinstance(written, Text):
            written = Table({written.altered("model"): written}, written.origin, written.start)
        roles[name] = written
    return roles


Cast = Annotated[dict[str, Role], BeforeValidator(_named_roles)]
