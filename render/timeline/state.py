"""What is seen at one moment: everything that the stage and the overlay need to draw a frame, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from render.layout import Box, Layout, Point, Rect
from render.model import Equation, Formula, Graph, Kind, Region
from render.timeline.plot import Chart
from render.timeline.working import Working


@dataclass(frozen=True)
class Pose:
    """Where the camera is: it looks at `target` from `distance` units away.

    azimuth:   degrees around the vertical; positive looks from the right
    elevation: degrees above the horizontal
    """

    target: Point
    distance: float
    azimuth: float = 0.0
    elevation: float = 0.0


MOST_WINDOWS = 12
"""How many rectangles of one box can look different from the rest."""


@dataclass(frozen=True)
class Look:
    """How solid a box is: `alpha` as a whole; rectangles of its cells may differ, of several the last holds."""

    alpha: float = 1.0
    windows: tuple[tuple[Rect, float], ...] = ()


@dataclass(frozen=True)
class Outline:
    """A frame drawn around a region: what is talked about, what goes into it, or what comes out."""

    region: Region
    role: Literal["focus", "operand", "result"]
    alpha: float = 1.0


@dataclass(frozen=True)
class Flyer:
    """A piece of a tensor away from its place: its cells as at home, with their top left corner at `corner`.

    A copy leaves its cells where they are; what is `moved` stands for them.
    """

    region: Region
    corner: Point
    alpha: float = 1.0
    moved: bool = False


@dataclass(frozen=True)
class Operator:
    """A sign between pieces: the same one at each of `points`, or once amid them where they are too close together."""

    text: str
    points: tuple[Point, ...]
    alpha: float = 1.0


@dataclass(frozen=True)
class Thread:
    """A dependency line from an operand to the cell that is computed from it."""

    source: Region
    target: Region
    kind: Kind
    alpha: float = 1.0


@dataclass(frozen=True)
class Pulse:
    """Bands that run along ribbons from source to target.

    ribbons: their places in `layout.ribbons`
    travel:  how far the bands have run since their start, in world units
    """

    ribbons: tuple[int, ...]
    travel: float
    alpha: float = 1.0


@dataclass(frozen=True)
class Beside:
    """Next to what the narration stands, in a place that stays while the camera and the marks move.

    regions: what it is about
    pose:    where the camera is when it has arrived; the place is chosen for that
    pages:   all texts that stand there one after the other
    free:    what else is left free as far as can be
    """

    regions: tuple[Region, ...]
    pose: Pose
    pages: tuple[str, ...]
    free: tuple[Region, ...] = ()
    alpha: float = 1.0


@dataclass(frozen=True)
class Caption:
    """The narration of a beat, templates filled in, light markup left: *emphasis*, $x_t$."""

    text: str
    alpha: float = 1.0
    beside: Beside | None = None


@dataclass(frozen=True)
class Heading:
    """The chapter, and under it the place in the model."""

    chapter: str
    place: str = ""
    alpha: float = 1.0


@dataclass(frozen=True)
class Card:
    """A formula card with real numbers."""

    formula: Formula
    alpha: float = 1.0


@dataclass(frozen=True)
class Definition:
    """A card with the formula of any cell of the tensor that `region` is all of."""

    region: Region
    equation: Equation
    alpha: float = 1.0


@dataclass(frozen=True)
class Tableau:
    """A computation worked out on a card: a fraction `progress` of the way to a stage of `working`.

    pose: the camera's when it rests, by which the card is put where it is in the way least
    """

    working: Working
    stage: int
    progress: float
    pose: Pose


@dataclass(frozen=True)
class Label:
    """Words that point at a region."""

    region: Region
    text: str
    alpha: float = 1.0


@dataclass(frozen=True)
class Bracket:
    """Brackets along the sides of a region: all of them, or those along which the dimensions `sides` run.

    The region takes in the places of tokens yet to come; what is bracketed of it is what there is at the state's step.
    `text` stands in place of the dimension's name and size.
    """

    region: Region
    sides: tuple[str, ...] | None = None
    text: str | None = None
    alpha: float = 1.0


@dataclass(frozen=True)
class Section:
    """A title that stands in the scene, above regions."""

    title: str
    regions: tuple[Region, ...]
    alpha: float = 1.0


@dataclass(frozen=True)
class Sign:
    """An operator between two things, each of some regions."""

    text: str
    between: tuple[tuple[Region, ...], tuple[Region, ...]]
    alpha: float = 1.0


@dataclass(frozen=True)
class TokenRow:
    """The sequence so far: texts and ids, how many of them are the prompt, and how far the newest has come (0 to 1).

    capacity: how many places the row has in all, free ones among them, so that it does not jump when a token joins
    coming:   the texts of tokens that will join, for which free places are as wide as they need
    source:   the cell that the newest token was read from, where it flies from while it comes
    """

    texts: tuple[str, ...]
    ids: tuple[int, ...]
    n_prompt: int
    arriving: float = 1.0
    capacity: int = 0
    source: Region | None = None
    coming: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """Which beat is on, from 0, and how many there are.

    It says nothing of how long other beats take, or none could grow without another picture in all the others.
    """

    beat: int
    n_beats: int


@dataclass(frozen=True)
class State:
    """One moment. Two equal states are one frame.

    step:   which step of generation the values are read from
    looks:  by box id; a box that is not named looks as `Look()`
    shifts: by box id, how far a box stands from its place
    filled: by box id, the fraction of the cells that this step's tokens reach which is computed so far, position by
            position; missing means none. Weights and tokens are always there.
    minimap: how solid the map of the model is
    """

    pose: Pose
    step: int = 0
    looks: Mapping[str, Look] = field(default_factory=dict)
    filled: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Point] = field(default_factory=dict)
    flyers: tuple[Flyer, ...] = ()
    operators: tuple[Operator, ...] = ()
    outlines: tuple[Outline, ...] = ()
    threads: tuple[Thread, ...] = ()
    pulses: tuple[Pulse, ...] = ()
    caption: Caption | None = None
    heading: Heading | None = None
    card: Card | None = None
    definition: Definition | None = None
    charts: tuple[Chart, ...] = ()
    tableau: Tableau | None = None
    labels: tuple[Label, ...] = ()
    marks: tuple[Bracket | Section | Sign, ...] = ()
    tokens: TokenRow | None = None
    progress: Progress | None = None
    minimap: float = 0.0

    def standing(self, layout: Layout) -> Layout:
        """The layout as it stands at this moment."""
        pieces = []
        for flyer in self.flyers:
            if flyer.moved:
                box, cells = layout.find(flyer.region)[0]
                piece = box.piece(cells)
                pieces.append(replace(piece, corner=flyer.corner))
        return layout.standing(self.shifts, pieces)

    def computed(self, box: Box, graph: Graph) -> float:
        """How many cells of a box, in order of computation, hold a value in this step's pass, which has the `graph`."""
        if box.kind == "weight":
            return float(box.width * box.height)
        share = 1.0 if box.kind == "token" else self.filled.get(box.id, 0.0)
        return box.reach(graph.of_model(box.tensor).n_tokens) * share
