"""What runs along the sides of boxes: tokens of the sequence or the vocabulary; on large boxes, dimensions' names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from render.layout import Box, Layout
from render.model import Graph, Run
from render.model.token_text import written
from render.overlay import fonts, names
from render.overlay.faces import Faces, Points
from render.overlay.heading import shortened
from render.overlay.page import AXIS, Page
from render.overlay.settle import Candidate, smoothstep, smoothsteps
from render.overlay.sight import Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import CAP_HEIGHT, Lettering, Style, shape
from render.theme import Theme

LARGE = (0.34, 0.40)
"""How large both sides of a box are on the frame, in units, when it says what runs along them."""

ROOMY, OF_TOKENS = (1.7, 2.1), (0.92, 1.05)
"""How much room words along a side have, beside what they need, when they come, and when they are there. The tokens
themselves have them from afar."""

SLANT = 45.0
"""By how many degrees words rise that are too long to stand side by side."""

SHORT = 1.4
"""Words up to this long, in font sizes, never slant: letters stand side by side or not at all."""

LONGEST = 7.0
"""How long a word may get, in font sizes."""

ALONE = 0.25
"""How long the side of a word by itself has to be, in font sizes."""

UPRIGHT_VOCABULARY = 128
"""The tokens of a longer piece of the vocabulary slant: nobody looks through all of it for the longest."""

Along = Literal["columns", "rows"]


@dataclass(frozen=True)
class Series:
    """The words along a side: of the sequence in the tensor `tokens`, or of the vocabulary, from `start` to `stop`."""

    tokens: str
    along: Along
    of_vocabulary: bool
    start: int
    stop: int


class SideLabels:
    """Finds the labels along the sides of one layout's boxes. `order` ranks the boxes."""

    def __init__(self, layout: Layout, run: Run, faces: Faces, order: Sequence[int], page: Page, theme: Theme) -> None:
        self.layout, self.run, self.page, self.theme = layout, run, page, theme
        size = page.type_size(AXIS)
        self.letter = Style(size, theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.dim = Style(size, theme.muted, fonts.MEDIUM, halo=theme.page)
        known: dict[Series, int] = {}
        sides = [(i, known.setdefault(series, len(known))) for i in order for series in self._series(faces.boxes[i])]
        self._boxes, self._which = np.array(sides, np.intp).reshape(-1, 2).T
        """The box of each side that has words, and the number of the series of words there."""
        self._known = list(known)
        self._counts = np.array([series.stop - series.start for series in known], float)
        self._of_tokens = np.array([faces.boxes[i].kind == "token" for i in self._boxes], bool)
        columns = np.array([series.along == "columns" for series in known], bool)[self._which]
        self._ends = np.where(columns, 1, 3)
        """The corner of the face that each side ends at; all start at the first one."""
        self._above = {int(self._boxes[side]): int(side) for side in np.flatnonzero(columns)}
        self._needed: dict[int, tuple[Points, Points]] = {}
        self._alone = np.array([series.of_vocabulary and series.stop - series.start == 1 for series in known], bool)

    def _series(self, box: Box) -> Iterator[Series]:
        """What is written along the columns and the rows of a box: where positions of the sequence run, or tokens."""
        if self.run.model_of(box.tensor).is_blank:
            return
        tokens = box.tensor.removesuffix(self.layout.graph.whose(box.tensor)[1]) + "tokens"
        dims, ahead = self.layout.graph[box.tensor].dims, self.layout.face_of(box)[0] is box
        sides: tuple[Along, ...] = ("columns", "rows")
        for along, axis in zip(sides, (box.columns, box.rows), strict=True):
            dim = "" if axis.dim is None else dims[axis.dim]
            if (dim == "v" and not box.squeezed) or (
                ahead and dim in ("t", "s") and box.kind in ("token", "activation")
            ):
                yield Series(tokens, along, dim == "v", axis.start, axis.stop)

    # --- words --------------------------------------------------------------------------------------------------

    def words(self, sight: Sight) -> Iterator[Candidate]:
        """The words of the sequence at the columns or rows that are theirs: side by side, or slanting."""
        upright, slanted = self._ramps(sight, np.arange(len(self._boxes)))
        seen = sight.on_frame[self._boxes] & (sight.alphas[self._boxes] > SOLID[0])
        for side in np.flatnonzero(seen & (np.maximum(upright, slanted) > 0)).tolist():
            i, series = int(self._boxes[side]), self._known[self._which[side]]
            solid = smoothstep(*SOLID, float(sight.alphas[i]))
            box, depth = sight.faces.boxes[i], float(sight.faces.high[i, 2])
            for ramp, slant in ((upright[side], 0.0), (slanted[side], SLANT)):
                letters = self._along(sight, i, series, slant) if ramp > 0 else ()
                if letters:
                    subject = f"{box.id} {series.along}"
                    yield bid(sight, self.page, subject, letters, depth, float(ramp) * solid, box.tensor)

    def height(self, sight: Sight, i: int) -> float:
        """How far a title above box number `i` moves up for the words below it."""
        if i not in self._above:
            return 0.0
        side, size = self._above[i], self.letter.size
        upright, slanted = (float(ramps[0]) for ramps in self._ramps(sight, np.array([side])))
        longest = min(float(self._needs(sight)[0][self._which[side]]), LONGEST * size)
        rises = math.sin(math.radians(SLANT)) * longest + 0.9 * size
        return max(1.3 * size * upright, rises * slanted * (1 - upright))

    def _needs(self, sight: Sight) -> tuple[Points, Points]:
        """How broad the longest word of each series is, and how far apart its words have to be side by side."""
        graph = sight.run.steps[sight.state.step].graph
        if graph.n_tokens not in self._needed:
            size = self.letter.size
            longest = np.array([self._longest(series, graph) for series in self._known])
            columns = np.array([series.along == "columns" for series in self._known], bool)
            self._needed[graph.n_tokens] = longest, np.where(columns, longest + 0.15 * size, 1.15 * size)
        return self._needed[graph.n_tokens]

    def _longest(self, series: Series, graph: Graph) -> float:
        if series.of_vocabulary and series.stop - series.start > UPRIGHT_VOCABULARY:
            return LONGEST * self.letter.size
        texts = (self._text(series, place, graph) for place in range(series.start, series.stop))
        return max((shape(text, self.letter).width for text in texts if text is not None), default=0.0)

    def _text(self, series: Series, place: int, graph: Graph) -> str | None:
        """The word at a place, None where there is none yet."""
        tokens, tokenizer = graph.of_model(series.tokens).tokens, self.run.model_of(series.tokens).tokenizer
        if not series.of_vocabulary and place >= len(tokens):
            return None
        token = place if series.of_vocabulary else tokens[place]
        return str(token) if tokenizer is None else written(tokenizer.text(token))

    def _ramps(self, sight: Sight, sides: NDArray[np.intp]) -> tuple[Points, Points]:
        """How far the words of sides are there, 0 to 1: side by side, and slanting."""
        size, which, ends = self.letter.size, self._which[sides], self._ends[sides]
        longest, needed = (needs[which] for needs in self._needs(sight))
        quads = sight.quads[self._boxes[sides]]
        apart = np.hypot(*(quads[np.arange(len(quads)), ends] - quads[:, 0]).T) / self._counts[which]
        # A word by itself between runs of others has their room, too.
        rooms = apart / np.where(self._alone[which], ALONE * size, np.maximum(needed, 1e-9))
        slants = np.where((ends == 1) & (longest > SHORT * size), apart / (1.15 * size), 0.0)
        low, high = np.where(self._of_tokens[sides, None], OF_TOKENS, ROOMY).T
        return smoothsteps(low, high, rooms), smoothsteps(low, high, slants)

    def _along(self, sight: Sight, i: int, series: Series, slant: float) -> tuple[Lettering, ...]:
        """A word above each column, or left of each row, of those that are in the picture."""
        box, size, page = sight.faces.boxes[i], self.letter.size, self.page
        columns, graph = series.along == "columns", sight.run.steps[sight.state.step].graph
        count = series.stop - series.start
        first, last = ((0.5, 0.0), (count - 0.5, 0.0)) if columns else ((0.0, 0.5), (0.0, count - 0.5))
        pixels = sight.project(np.linspace(box.place(*first), box.place(*last), count))
        room = page.picture if columns else page.label_room
        middles, low, high = (pixels[:, 0], room.left, room.right) if columns else (pixels[:, 1], room.top, room.bottom)
        upper, lower = sight.edges(i)
        lefts = np.stack([upper[:, 0], lower[:, 0]], 1)  # the left edges, of front and back, from top to bottom
        letters = []
        for place in np.flatnonzero((middles > low) & (middles < high)).tolist():
            text = self._text(series, series.start + place, graph)
            if text is None:
                break
            x, y = pixels[place].tolist()
            shaped = shape(shortened(text, self.letter, LONGEST * size), self.letter)
            if columns:
                y = min(y, *(float(np.interp(x, line[:, 0], line[:, 1])) for line in upper)) - 0.4 * size
                x = x - shaped.width / 2 if slant == 0 else x + 0.2 * size
                lettering = Lettering(shaped, x, y, self.theme.page, slant)
                inside = room.left < lettering.area.left and lettering.area.right < room.right
            else:
                baseline = y + CAP_HEIGHT * size / 2
                x = min(x, *(float(np.interp(y, line[:, 1], line[:, 0])) for line in lefts))
                lettering = Lettering(shaped, x - 0.45 * size - shaped.width, baseline, self.theme.page)
                inside = room.top < lettering.area.top and lettering.area.bottom < room.bottom
            if inside:
                letters.append(lettering)
        return tuple(letters)

    # --- dimensions ---------------------------------------------------------------------------------------------

    def dims(self, sight: Sight) -> Iterator[Candidate]:
        """The names of the dimensions along the left and lower side of very large boxes."""
        across, down = sight.areas[:, 2] - sight.areas[:, 0], sight.areas[:, 3] - sight.areas[:, 1]
        sides = np.minimum(across, down) / self.page.unit
        for i in np.flatnonzero(sight.on_frame & (sides > LARGE[0]) & (sight.alphas > SOLID[0])).tolist():
            box, depth = sight.faces.boxes[i], float(sight.faces.high[i, 2])
            ramp = smoothstep(*LARGE, float(sides[i])) * smoothstep(*SOLID, float(sight.alphas[i]))
            gap = 0.4 * self.dim.size
            (x, top), (left, bottom) = sight.quads[i, 0].tolist(), sight.quads[i, 3].tolist()
            x = min(x, *(float(line[0, 0]) for line in sight.edges(i)[0]))  # clear of the side, too
            for axis, arrow, place in (
                (box.columns, "→", (left, bottom + gap, 0.0)),
                (box.rows, "↓", (x - gap, top, 1.0)),
            ):
                if axis.dim is not None:
                    name = names.dim(self.layout.graph[box.tensor].dims[axis.dim])
                    letters = Sign(((f"{name} {arrow}", self.dim),)).at(*place, self.theme.page)
                    yield bid(sight, self.page, f"{box.id} {arrow}", letters, depth, ramp, box.tensor)
