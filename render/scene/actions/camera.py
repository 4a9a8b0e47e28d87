"""The camera: where it goes, and moving it in the middle of a beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator

from render.scene.actions.action import Action, Ease
from render.scene.checks import Check, each
from render.scene.context import TemplateContext
from render.scene.entry import Entry
from render.scene.errors import Place
from render.scene.fields import Duration, Selectors, Switch, number
from render.scene.selector import PIECES
from render.scene.written import Items, Table, Text

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

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return each((selector for selector in self.frame or () if selector.name != PIECES), context)


def framed(written: object) -> object:
    """A selector or a list of them is short for a camera's `frame`."""
    if isinstance(written, Text | Items):
        frame = Text.at("frame", written.origin, written.start, written.start, style=None)
        return Table({frame: written}, written.origin, written.start)
    return written


Shot = Annotated[Camera, BeforeValidator(framed)]


class MoveCamera(Action):
    """Move the camera in the middle of a beat."""

    word, called = "camera", "a camera move"
    camera: Shot

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if self.camera.follow:
            yield self.camera.where("follow"), "only the camera of a beat follows what is being filled; write it there"

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        return self.camera.checks(context)
