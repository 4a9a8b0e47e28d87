"""What runs along the sides of boxes: tokens of the sequence or the vocabulary; on large boxes, dimensions' names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from render.layout import Axis, Layout
from render.model import Run
from render.overlay import fonts, names
from render.overlay.page import AXIS, Page
from render.overlay.settle import Candidate, smoothstep
from render.overlay.sight import Faces, Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import CAP_HEIGHT, Lettering, Style, shape
from render.overlay.token_row import written
from render.theme import Theme

LONGEST_VOCABULARY = 128
"""Up to how many tokens of a vocabulary are written along a side."""

LARGE = (0.34, 0.40)
"""How large both sides of a box are on the frame, in units, when it says what runs along them."""

Along = Literal["columns", "rows"]


class SideLabels:
    """Finds the labels along the sides of one layout's boxes. `order` ranks the boxes."""

    def __init__(self, layout: Layout, run: Run, faces: Faces, order: list[int], page: Page, theme: Theme) -> None:
        self.layout, self.run, self.faces, self.page, self.theme = layout, run, faces, page, theme
        size = page.type_size(AXIS)
        self.letter = Style(size, theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.dim = Style(size, theme.muted, fonts.MEDIUM, halo=theme.page)
        self.sequences = dict(self._sequences(order))

    def _sequences(self, order: list[int]) -> Iterator[tuple[tuple[int, Along], str]]:
        """The boxes with a side along which positions of the sequence or tokens of the vocabulary run, and the side."""
        if self.run.model.is_blank:
            return
        for i in order:
            box = self.faces.boxes[i]
            dims = self.layout.graph[box.tensor].dims
            sides: tuple[tuple[Along, Axis], ...] = (("columns", box.columns), ("rows", box.rows))
            for along, axis in sides:
                dim = "" if axis.dim is None else dims[axis.dim]
                of_sequence = dim in ("t", "s") and box.kind in ("token", "activation")
                if of_sequence or (dim == "v" and axis.count <= LONGEST_VOCABULARY):
                    yield (i, along), dim

    # --- letters ------------------------------------------------------------------------------------------------

    def letters(self, sight: Sight) -> Iterator[Candidate]:
        """The letters of the sequence at the columns or rows that are theirs."""
        for i, along in self.sequences:
            if sight.on_frame[i] and sight.alphas[i] > SOLID[0]:
                ramp = self._room(sight, i, along) * smoothstep(*SOLID, float(sight.alphas[i]))
                letters = self._along(sight, i, along) if ramp > 0 else ()
                if letters:
                    box, depth = sight.faces.boxes[i], float(sight.faces.high[i, 2])
                    yield bid(sight, self.page, f"{box.id} {along}", letters, depth, ramp, box.tensor)

    def height(self, sight: Sight, i: int) -> float:
        """How far a title above box number `i` moves up for the letters below it."""
        return 1.3 * self.letter.size * self._room(sight, i, "columns") if (i, "columns") in self.sequences else 0.0

    def _texts(self, sight: Sight, i: int, along: Along) -> tuple[str, ...]:
        """What is written along a side, as far as it has something to write."""
        tokenizer = self.run.model.tokenizer
        axis = sight.faces.boxes[i].columns if along == "columns" else sight.faces.boxes[i].rows
        sequence = self.run.steps[sight.state.step].tokens
        tokens = range(axis.start, axis.stop) if self.sequences[i, along] == "v" else sequence[axis.start : axis.stop]
        return tuple(written(tokenizer.text(token)) if tokenizer else str(token) for token in tokens)

    def _room(self, sight: Sight, i: int, along: Along) -> float:
        """Whether columns or rows have room for letters, 0 to 1. The tokens themselves have them from afar."""
        box, quad = sight.faces.boxes[i], sight.quads[i]
        side, count = (quad[1] - quad[0], box.width) if along == "columns" else (quad[3] - quad[0], box.height)
        if along == "columns":
            widest = max((shape(text, self.letter).width for text in self._texts(sight, i, along)), default=0.0)
            needed = widest + 0.15 * self.letter.size
        else:
            needed = 1.15 * self.letter.size
        room = float(np.hypot(*side)) / count / needed
        return smoothstep(0.92, 1.05, room) if box.kind == "token" else smoothstep(1.7, 2.1, room)

    def _along(self, sight: Sight, i: int, along: Along) -> tuple[Lettering, ...]:
        """A letter above each column, or left of each row, of those that are in the picture."""
        box, size, page = sight.faces.boxes[i], self.letter.size, self.page
        texts = self._texts(sight, i, along)
        middles = np.arange(len(texts)) + 0.5
        places = [box.place(m, 0) if along == "columns" else box.place(0, m) for m in middles]
        upper, lower = sight.edges(i)
        lefts = np.stack([upper[:, 0], lower[:, 0]], 1)  # the left edges, of front and back, from top to bottom
        letters = []
        for text, (x, y) in zip(texts, sight.project(places).tolist(), strict=True):
            shaped = shape(text, self.letter)
            if along == "columns":
                y = min(y, *(float(np.interp(x, line[:, 0], line[:, 1])) for line in upper))
                lettering = Lettering(shaped, x - shaped.width / 2, y - 0.4 * size, self.theme.page)
                inside = page.picture.left < lettering.area.left and lettering.area.right < page.picture.right
            else:
                baseline = y + CAP_HEIGHT * size / 2
                x = min(x, *(float(np.interp(y, line[:, 1], line[:, 0])) for line in lefts))
                lettering = Lettering(shaped, x - 0.45 * size - shaped.width, baseline, self.theme.page)
                inside = page.label_room.top < lettering.area.top and lettering.area.bottom < page.label_room.bottom
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
