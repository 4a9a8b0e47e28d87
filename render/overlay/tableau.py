"""The card on which a computation is worked out: its tiles come from the model, and the result goes home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import skia

from render.layout import Layout
from render.model import Kind, Region, Run
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.faces import Faces
from render.overlay.free import Free
from render.overlay.page import LABEL, SECTION, Page
from render.overlay.plate import best_place, draw_plate, with_shadow
from render.overlay.sight import Sight
from render.overlay.text import CAP_HEIGHT, Lettering, Style, faded, paint_of, shape
from render.overlay.tile import TileLook
from render.stage.cells import magnitude
from render.theme import Theme
from render.timeline import State, Tableau
from render.timeline.working import Shown, ShownSign, Working, moment

LARGEST = 0.056
"""How large a tile may be, as a share of the frame's height."""

WIDEST, TALL_WIDEST, TALLEST = 0.74, 1.0, 0.98
"""How much of the picture a card may take."""

OPERATOR, NAME = 0.42, 0.34
"""How large signs are, in tiles."""

RESULT_COST, OPERAND_COST, BOX_COST = 8.0, 4.0, 0.25
"""How much it matters that the card leaves free where the result goes, where operands come from, and any other box."""


@dataclass(frozen=True)
class Stand:
    """A card in its place: where the middle of its tiles is, how they look, and the words above them.

    side:  how large tiles are now
    plate: what the card takes of its area now: it gets lower when less stands on it
    """

    area: Area
    plate: Area
    middle: tuple[float, float]
    side: float
    look: TileLook
    words: tuple[Lettering, ...]


@dataclass(frozen=True)
class PlacedTile:
    """A tile on the frame."""

    area: Area
    kind: Kind
    level: float
    number: Lettering | None
    alpha: float
    marked: float
    away: float


@dataclass(frozen=True)
class PlacedTableau:
    """A working at one moment: the card, as solid as `alpha`, the signs on it, and the tiles wherever they are."""

    stand: Stand
    alpha: float
    signs: tuple[tuple[Lettering, float], ...]
    slots: tuple[tuple[Area, float], ...]
    tiles: tuple[PlacedTile, ...]
    page: Page
    theme: Theme
    name: str = "tableau"

    @property
    def area(self) -> Area:
        return self.stand.area

    @cached_property
    def letters(self) -> tuple[Lettering, ...]:
        """All words at rest, and the digits of the tiles that are in their places."""
        numbers = (
            tile.number.moved(tile.area.left, tile.area.top)
            for tile in self.tiles
            if tile.number is not None and tile.away == 0 and tile.alpha == 1
        )
        signs = (lettering for lettering, alpha in self.signs if alpha == 1)
        return (*self.stand.words, *signs, *numbers)

    def draw(self, canvas: skia.Canvas) -> None:
        look = self.stand.look
        with faded(canvas, self.alpha, with_shadow(self.stand.plate, self.page)):
            draw_plate(canvas, self.stand.plate, 0.3 * look.size, self.page, self.theme)
            for lettering in self.stand.words:
                lettering.draw(canvas)
        for area, alpha in self.slots:
            self._draw_slot(canvas, area, alpha * self.alpha)
        for lettering, alpha in self.signs:
            with faded(canvas, alpha * self.alpha, lettering.area.grown(0.5 * look.size)):
                lettering.draw(canvas)
        canvas.save()
        canvas.clipRect(self.page.picture.rect)
        for tile in self.tiles:
            look.draw(canvas, tile.area, tile.kind, tile.level, tile.number, tile.alpha, tile.marked)
        canvas.restore()

    def _draw_slot(self, canvas: skia.Canvas, area: Area, alpha: float) -> None:
        """An empty place for a number."""
        paint = paint_of(self.theme.muted, 0.8 * alpha, 1.5 * self.page.pixel)
        dash = 0.09 * area.width
        paint.setPathEffect(skia.DashPathEffect.Make([dash, dash], 0.0))
        canvas.drawRoundRect(area.grown(-self.page.pixel).rect, 0.13 * area.width, 0.13 * area.width, paint)


class TableauSetter:
    """Sets workings on one page. A card is put in its place once and stays there."""

    def __init__(self, layout: Layout, run: Run, faces: Faces, page: Page, theme: Theme) -> None:
        self.layout, self.run, self.faces, self.page, self.theme = layout, run, faces, page, theme
        self._stands: dict[tuple[int, object, int], tuple[Working, Stand]] = {}
        self._scales: dict[str, float] = {}

    def place(self, tableau: Tableau, sight: Sight) -> PlacedTableau:
        """A working as it is now, its tiles in flight as the camera sees their cells."""
        stand = self._stand(tableau, sight.state)
        now = moment(tableau.working, tableau.stage, tableau.progress)
        stand = self._shrunk(stand, tableau.working, now.reach, now.grown)
        signs = [self._sign(shown, stand) for shown in now.signs if shown.alpha > 0]
        slots = [
            (self._area(shown.sign.x, shown.sign.y, stand), shown.alpha)
            for shown in now.signs
            if shown.sign.role == "slot"
        ]
        tiles = [tile for shown in now.tiles if shown.tile.tensor for tile in self._tile(shown, stand, sight)]
        signs += [self._constant(shown, stand) for shown in now.tiles if not shown.tile.tensor]
        return PlacedTableau(stand, now.plate, tuple(signs), tuple(slots), tuple(tiles), self.page, self.theme)

    # --- the card -----------------------------------------------------------------------------------------------

    def _stand(self, tableau: Tableau, state: State) -> Stand:
        key = (id(tableau.working), tableau.pose, state.step)
        if key not in self._stands:
            self._stands[key] = (tableau.working, self._put(tableau, state))
        return self._stands[key][1]

    def _put(self, tableau: Tableau, state: State) -> Stand:
        """The card of a working, as large as its largest stage, where it covers least."""
        working, page = tableau.working, self.page
        picture = page.picture
        left, right, half = working.reach
        pad = 0.024 * page.unit
        widest = picture.width * (TALL_WIDEST if page.tall else WIDEST)
        words = self._words(working, widest - 2 * pad)
        size = LARGEST * page.height
        for _ in range(2):
            head = max(each.area.bottom for each in words) + 0.9 * pad
            tall = TALLEST * picture.height - 2 * pad - head
            size = min(size, (widest - 2 * pad) / (left + right), tall / (2 * half))
            inner = max((left + right) * size, words[0].area.right, 0.3 * page.unit)
            words = self._words(working, inner)
            inner = max(inner, *(each.area.right for each in words))
        width, height = inner + 2 * pad, head + 2 * half * size + 2 * pad
        sight = Sight(self.faces, self.layout, self.run, State(tableau.pose, step=state.step), page.size)
        area = self._best(working, width, height, sight)
        middle = area.left + pad + (inner - (left + right) * size) / 2 + left * size
        moved = tuple(each.moved(area.left + pad, area.top + pad) for each in words)
        at = (middle, area.bottom - pad - half * size)
        return Stand(area, area, at, size, TileLook(size, page, self.theme), moved)

    def _best(self, working: Working, width: float, height: float, sight: Sight) -> Area:
        picture = self.page.picture
        told: list[tuple[Area, float]] = []
        for region, cost in (*((each, OPERAND_COST) for each in working.operands), (working.result, RESULT_COST)):
            for frame in self.layout.frames(region):
                quad = sight.quad(frame)
                if quad is not None:
                    told.append((Area.around(quad), cost))
        avoid = Free.of(told) + Free.alike(sight.in_picture(picture)[1], BOX_COST)
        result = sight.centre(working.result)
        near = (float(result[1][0]), float(result[1][1])) if result else None
        return best_place(width, height, picture, avoid, near)

    def _words(self, working: Working, width: float) -> tuple[Lettering, ...]:
        """What is worked out, and below it what each symbol stands for, from (0, 0) down."""
        graph, theme, page = self.layout.graph, self.theme, self.page
        spec = graph[working.result.tensor]
        large, small = page.type_size(SECTION), page.type_size(LABEL * 0.92)
        index = ", ".join(
            f"{dim}={start}" if stop - start == 1 else f"{dim}={start}…{stop - 1}"
            for dim, size, (start, stop) in zip(spec.dims, spec.shape, working.result.ranges, strict=True)
            if stop - start < size or size == 1
        )
        pieces = (
            (spec.called, Style(large, theme.tones[spec.kind].text, fonts.SEMIBOLD, italic=True), 0.35 * large),
            (f"[{index}]", Style(small, theme.muted, fonts.MEDIUM), 0.9 * large),
            (spec.title, Style(large, theme.ink, fonts.SEMIBOLD), 0.0),
        )
        letters, x, baseline = [], 0.0, CAP_HEIGHT * large
        for text, style, gap in pieces:
            shaped = shape(text, style)
            letters.append(Lettering(shaped, x, baseline, theme.card))
            x += shaped.width + gap
        baseline += 1.75 * small
        x = 0.0
        for name in dict.fromkeys(region.tensor for region in working.operands):
            own = graph[name]
            if own.kind == "token":
                continue
            symbol = shape(own.called, Style(small, theme.tones[own.kind].text, fonts.SEMIBOLD, italic=True))
            title = shape(own.title, Style(small, theme.muted, fonts.MEDIUM))
            wide = symbol.width + 0.4 * small + title.width
            if x > 0 and x + wide > width:
                x, baseline = 0.0, baseline + 1.45 * small
            letters.append(Lettering(symbol, x, baseline, theme.card))
            letters.append(Lettering(title, x + symbol.width + 0.4 * small, baseline, theme.card))
            x += wide + 1.5 * small
        return tuple(letters)

    def _shrunk(self, stand: Stand, working: Working, reach: tuple[float, float, float], grown: float) -> Stand:
        """The card as small as what stands on it now: its top left corner stays where it is."""
        size = stand.look.size
        left, right, half = (wide - now for wide, now in zip(working.reach, reach, strict=True))
        inner = (working.reach[0] + working.reach[1]) * size
        words = max(lettering.area.right for lettering in stand.words) - min(each.area.left for each in stand.words)
        kept = min(inner, max(inner - (left + right) * size, words))
        narrower = (inner - kept) if inner >= words else 0.0
        x, y = stand.middle
        if narrower > 0:
            x -= left * size - (kept - (inner - (left + right) * size)) / 2
        y -= half * size
        area = stand.area
        plate = replace(area, right=area.right - narrower, bottom=area.bottom - 2 * half * size)
        return replace(stand, side=size * grown, middle=(x, y), plate=plate)

    # --- what stands on it --------------------------------------------------------------------------------------

    def _area(self, x: float, y: float, stand: Stand) -> Area:
        size = stand.side
        left, top = stand.middle[0] + (x - 0.5) * size, stand.middle[1] + (y - 0.5) * size
        return Area.at(left, top, size, size)

    def _sign(self, shown: ShownSign, stand: Stand) -> tuple[Lettering, float]:
        sign, size = shown.sign, stand.side
        least = self.page.type_size(0.0)
        colour = {"operator": self.theme.ink, "slot": self.theme.muted, "note": self.theme.muted}.get(sign.role)
        if colour is None:
            colour = self.theme.tones[self.layout.graph[sign.tensor].kind].text
        share = {"name": NAME, "note": 0.0}.get(sign.role, OPERATOR)
        style = Style(max(share * size, least), colour, fonts.MEDIUM, italic=sign.role == "name")
        return self._lettering(sign.text, style, sign.x, sign.y, sign.align, stand), shown.alpha

    def _constant(self, shown: Shown, stand: Stand) -> tuple[Lettering, float]:
        style = Style(max(OPERATOR * stand.side, self.page.type_size(0.0)), self.theme.ink, fonts.MEDIUM)
        return self._lettering(shown.tile.text, style, shown.x, shown.y, 0.5, stand), shown.alpha

    def _lettering(self, text: str, style: Style, x: float, y: float, align: float, stand: Stand) -> Lettering:
        shaped = shape(text, style)
        left = stand.middle[0] + x * stand.side - align * shaped.width
        baseline = stand.middle[1] + y * stand.side + CAP_HEIGHT * style.size / 2
        return Lettering(shaped, left, baseline, self.theme.card)

    def _tile(self, shown: Shown, stand: Stand, sight: Sight) -> Iterator[PlacedTile]:
        tile = shown.tile
        area = self._area(shown.x, shown.y, stand).grown(0.03 * shown.swell * stand.side)
        alpha = shown.alpha
        if shown.away > 0:
            home = self._home(tile.cell, sight)
            if home is None:
                alpha *= 1.0 - shown.away
            else:
                area = _between(area, home, shown.away)
        if alpha <= 0:
            return
        kind = self.layout.graph[tile.tensor].kind
        full = tile.full if tile.full is not None else self._scale(tile.tensor)
        level = float(np.clip(shown.value / full, -1.0, 1.0))
        number = stand.look.number(shown.value, kind)
        yield PlacedTile(area, kind, level, number, alpha, shown.marked, shown.away)

    def _home(self, cell: Region | None, sight: Sight) -> Area | None:
        """Where a cell of the model is seen, as a square; None where it is not."""
        for frame in sight.layout.frames(cell) if cell is not None else ():
            quad = sight.quad(frame)
            if quad is not None:
                (x, y), across, down = quad.mean(axis=0), quad[1] - quad[0], quad[3] - quad[0]
                side = float(np.sqrt(abs(across[0] * down[1] - across[1] * down[0])))
                return Area.at(float(x) - side / 2, float(y) - side / 2, side, side)
        return None

    def _scale(self, tensor: str) -> float:
        if tensor not in self._scales:
            self._scales[tensor] = magnitude(self.run.steps[-1][tensor])
        return self._scales[tensor]


def _between(a: Area, b: Area, u: float) -> Area:
    sides = zip((a.left, a.top, a.right, a.bottom), (b.left, b.top, b.right, b.bottom), strict=True)
    return Area(*(own + u * (other - own) for own, other in sides))
