"""The script as a whole: `Scene`, its `Beat`s, its `Video` settings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from render.errors import UserError
from render.model import Model
from render.scene.actions import Action, Actions, FeedBack, Shot
from render.scene.entry import Entry
from render.scene.errors import Place
from render.scene.fields import (
    SIZES,
    FrameSize,
    Identifier,
    Length,
    OneSelector,
    Sentence,
    Words,
    choice,
    listed,
    size,
    text,
    whole,
)
from render.scene.role import Cast, Role
from render.scene.shape import model as read_model

read_fps = whole(1, 120)
read_theme = choice("light", "dark")
read_captions = choice("on", "off")

Theme = Annotated[Literal["light", "dark"], PlainValidator(read_theme)]
Captions = Annotated[Literal["on", "off"], PlainValidator(read_captions)]


class Video(Entry):
    """How the film is made: pixels, frames a second, colours, and whether the narration is drawn."""

    called = "the video settings"
    size: FrameSize = SIZES["1080p"]
    fps: Annotated[int, PlainValidator(read_fps)] = 30
    theme: Theme = "light"
    captions: Captions = "on"


class Beat(Entry):
    """One step of the story: words, a camera move, actions.

    chapter: the heading from here on, and the name of the film's chapter; None keeps the one before
    place:   a second line under the heading, for this beat only
    beside:  what the narration stands next to; None is at the frame's foot
    length:  seconds exactly (`for` in the script); None is as long as it takes
    """

    called = "a beat"
    id: Identifier
    chapter: Sentence | None = None
    place: Sentence | None = None
    say: Sentence | None = None
    beside: OneSelector | None = None
    camera: Shot | None = None
    do: Actions = ()
    length: Length | None = Field(None, alias="for")

    def flaws(self) -> Iterator[tuple[Place, str]]:
        if self.beside is not None and self.say is None:
            yield self.where("beside"), "'beside' says where the narration stands, and this beat has no 'say'"
        for action, _ in self.actions():
            if self.length is not None and action.at is not None and action.at >= self.length:
                yield action.where("at"), f"this starts when the beat is over: its 'for' is {self.length:g}s"

    def actions(self) -> Iterator[tuple[Action, int]]:
        """Every action in script order, also those under `with`, each with the feed_backs of this beat before it."""
        done = 0
        for action in self.do:
            family = tuple(_with_companions(action))
            yield from ((own, done) for own in family)
            done += sum(own.times for own in family if isinstance(own, FeedBack))

    @property
    def n_feed_backs(self) -> int:
        """How many predictions join the input in this beat."""
        return sum(action.times for action, _ in self.actions() if isinstance(action, FeedBack))


def _with_companions(action: Action) -> Iterator[Action]:
    yield action
    for companion in action.together:
        yield from _with_companions(companion)


class Scene(Role):
    """A whole script: beats, or scripts that it includes.

    With beats its model, the lead, exactly one of `prompt` and `tokens` is given. In `cast` are models that stand
    beside the lead, by the names under which the script selects what belongs to them. The paths in `include` start in
    the script's folder.
    """

    called = "a script"
    title: Sentence
    model: Annotated[str | Model, PlainValidator(read_model)] = "nano-sort"
    cast: Cast = Field(default_factory=dict)
    video: Video = Video.model_construct()
    beats: Annotated[tuple[Beat, ...], BeforeValidator(listed("beats"))] = ()
    include: Annotated[tuple[Words, ...], BeforeValidator(listed("scripts"))] = ()

    def flaws(self) -> Iterator[tuple[Place, str]]:
        yield from super().flaws()
        if self.beats and self.include:
            yield self.where("include"), "a script has either 'beats' or 'include', not both"
        if self.include and self.title.fields:
            yield self.where("title"), "a script that includes others has no model of its own to read its title from"
        if self.include and self.cast:
            yield self.where("cast"), "a script that includes others has no cast of its own; they have theirs"
        if not self.beats and not self.include:
            yield self.where("beats"), "a script needs 'beats' (or 'include')"
        first: dict[str, Beat] = {}
        for beat in self.beats:
            if first.setdefault(beat.id, beat) is not beat:
                line = first[beat.id].where("id").line
                yield beat.where("id"), f"the id '{beat.id}' is taken by the beat on line {line}"

    @property
    def reads(self) -> bool:
        return bool(self.beats)

    @property
    def file(self) -> Path:
        """The script's file."""
        return Path(self._table.origin.file)

    @property
    def steps(self) -> tuple[int, ...]:
        """The step of generation in force at the start of each beat: 0 until the first feed_back is over."""
        return tuple(accumulate((beat.n_feed_backs for beat in self.beats[:-1]), initial=0))

    @property
    def feed_backs(self) -> tuple[FeedBack, ...]:
        actions = (action for beat in self.beats for action, _ in beat.actions())
        return tuple(action for action in actions if isinstance(action, FeedBack))

    def revised(self, **settings: str | int | None) -> Scene:
        """The same script with other settings: model, prompt, size, fps, theme, captions, as a command line gives.

        None leaves a setting as it is. Raises UserError for a value that cannot be.
        """
        own: dict[str, object] = {}
        video: dict[str, object] = {}
        for name, value in settings.items():
            if value is None:
                continue
            read, changes = {
                "model": (text, own),
                "prompt": (text, own),
                "size": (size, video),
                "fps": (read_fps, video),
                "theme": (read_theme, video),
                "captions": (read_captions, video),
            }[name]
            try:
                changes[name] = read(str(value))
            except ValueError as error:
                raise UserError(f"{name} {error}") from None
        if "prompt" in own:
            own |= {"tokens": None, "positions": None}
        return self.model_copy(update={**own, "video": self.video.model_copy(update=video)})

    def playing_in(self, film: Scene) -> Scene:
        """The scene as `film`, which includes it, plays it: what that gives replaces its own settings.

        The frame size and rate are the film's even where that leaves them to their defaults: a film has one of each.
        """
        what = {"prompt", "tokens", "positions"}
        given = {"model", *what} & film.model_fields_set
        if given & what:
            given |= what
        video = {name: getattr(film.video, name) for name in {"size", "fps"} | film.video.model_fields_set}
        settings = {name: getattr(film, name) for name in given}
        part = self.model_copy(update={**settings, "video": self.video.model_copy(update=video)})
        part._table = self._table.with_values_of(film._table, given)
        return part
