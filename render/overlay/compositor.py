"""The flat layer of one film: a state in, drawn over the stage's pixels."""

from __future__ import annotations

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Layout
from render.model import Run
from render.overlay.area import Area
from render.overlay.auto_labels import AutoLabels, PlacedLabel
from render.overlay.bands import Bands
from render.overlay.blank_note import PlacedNote, place_note
from render.overlay.callout import CalloutSetter
from render.overlay.caption import CaptionSetter
from render.overlay.card import CardSetter
from render.overlay.cel import Cel
from render.overlay.cell_numbers import CellNumbers
from render.overlay.chart import ChartSetter
from render.overlay.definition import DefinitionSetter
from render.overlay.faces import Faces
from render.overlay.free import Free
from render.overlay.heading import place_heading
from render.overlay.item import Item
from render.overlay.kept import Kept
from render.overlay.marks import Marks, outlined_areas
from render.overlay.markup import plain
from render.overlay.minimap import MinimapSetter
from render.overlay.page import Page
from render.overlay.parts import parts
from render.overlay.pieces import PieceMarks
from render.overlay.progress import place_progress
from render.overlay.remark import PlacedRemark, RemarkSetter
from render.overlay.settle import Claim, smoothstep
from render.overlay.sight import Setting, Sight
from render.overlay.standing import StandingMarks
from render.overlay.tableau import PlacedTableau, TableauSetter
from render.overlay.token_row import PlacedTokenRow, TokenRowSetter
from render.theme import Theme
from render.timeline import Section, State

OUTLINE_COST, BOX_COST, OTHER_COST, CARD_COST = 4.0, 0.8, 0.25, 20.0
"""How much it matters that a card leaves free an outlined region, the rest of the box that it is in, any other box,
and another card."""


STILL = ("tokens", "progress")
"""What is the same in most frames and takes long to draw."""

SPECK = (0.06, 0.12)
"""How large the leading model of a cast is where its tokens come into the picture, as a share of the frame's sides."""


class Overlay:
    """Draws the flat layer of states of one run in one layout, for frames of one size (width, height).

    transparent: leave out the page and all that stands on it, for pictures that go onto other pages
    """

    def __init__(
        self, layout: Layout, run: Run, theme: Theme, size: tuple[int, int], *, transparent: bool = False
    ) -> None:
        self.layout, self.run, self.theme = layout, run, theme
        self.page = Page(size)
        self._transparent = transparent
        self._faces = Faces(layout)
        self._bands = Bands(self.page, theme)
        self._captions = CaptionSetter(self.page, theme)
        self._remarks = RemarkSetter(self.page, theme, self._sight)
        self._token_rows = TokenRowSetter(self.page, theme)
        self._cards = CardSetter(self.page, theme)
        self._definitions = DefinitionSetter(layout.graph, self.page, theme)
        self._charts = ChartSetter(self.page, theme)
        self._minimap = MinimapSetter(layout, self.page, theme)
        self._tableaus = TableauSetter(layout, run, self._faces, self.page, theme)
        self._callouts = CalloutSetter(self.page, theme)
        self._standing = StandingMarks(layout, self.page, theme)
        self._labels = AutoLabels(layout, run, self._faces, self.page, theme)
        self._numbers = CellNumbers(layout, run, self.page, theme)
        self._marks = Marks(self.page, theme)
        self._pieces = PieceMarks(self.page, theme)
        self._cels = {name: Cel() for name in STILL}
        self._sights = Kept[Sight]()
        self._placed_row = Kept[PlacedTokenRow | None]()
        self._placed_labels = Kept[list[PlacedLabel]]()
        self._any_blank = any(own.model.is_blank for own in run.alone)
        self._notes: dict[tuple[str, ...], PlacedNote | None] = {}

    def draw(self, frame: NDArray[np.uint8], state: State, samples: int = 1) -> None:
        """Draw over a frame in place: (height, width, 4), red green blue alpha (premultiplied), top row first.

        Each pixel is the mean of `samples` by `samples` (1 or 2) of a layer that many times as large.
        """
        width, height = self.page.size
        info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
        surface = skia.Surface.MakeRasterDirect(info, frame, frame.strides[0])
        canvas = surface.getCanvas()
        if samples == 1:
            self.draw_on(canvas, state, from_cels=True)
        else:
            # Half-way between pixels, linear sampling takes the mean of all four.
            halving = skia.SamplingOptions(skia.FilterMode.kLinear)
            for part in parts(width, height, samples):
                layer = skia.Surface.MakeRasterN32Premul(samples * part.width(), samples * part.height())
                large = layer.getCanvas()
                large.scale(samples, samples)
                large.translate(-part.left(), -part.top())
                self.draw_on(large, state)
                canvas.drawImageRect(layer.makeImageSnapshot(), skia.Rect.Make(part), halving)
        surface.flushAndSubmit()

    def draw_on(self, canvas: skia.Canvas, state: State, *, from_cels: bool = False) -> None:
        """Draw a state on a canvas of any scale; `from_cels`, those pieces that are kept in the frame's own."""
        sight = self._sights.of(Setting.of(state), lambda: self._sight(state)).at(state)
        self._numbers.draw(canvas, sight)
        self._labels.runs.draw(canvas, sight)
        self._marks.draw(canvas, sight)
        self._pieces.draw(canvas, sight)
        if not self._transparent:
            self._bands.draw(canvas)
        for item in self._place(sight):
            if from_cels and item.name in self._cels:
                self._cels[item.name].draw(canvas, item)
            elif item.alpha > 0:
                item.draw(canvas)

    def place(self, state: State) -> list[Item]:
        """The pieces of the flat layer in their places, in the order in which they are drawn."""
        return self._place(self._sight(state))

    def _sight(self, state: State) -> Sight:
        return Sight(self._faces, self.layout, self.run, state, self.page.size)

    def _place(self, sight: Sight) -> list[Item]:
        remark = None if self._transparent else self._place_remark(sight)
        cards = self._place_cards(sight, remark)
        cards += [remark] if remark else []
        taken = [Claim(card.area, smoothstep(0.0, 0.5, card.alpha)) for card in cards]
        taken += [Claim(remark.reach, smoothstep(0.0, 0.5, remark.alpha))] if remark else []
        standing = self._standing.place(sight, taken)
        taken += [Claim(mark.area, smoothstep(0.0, 0.5, mark.alpha)) for mark in standing]
        taken += [Claim(area, 1.0) for area in outlined_areas(sight)]
        said = {plain(mark.title): mark.alpha for mark in sight.state.marks if isinstance(mark, Section)}
        labels = self._placed_labels.of((sight.setting, taken, said), lambda: self._labels.place(sight, taken, said))
        items: list[Item | None] = [*labels, *standing, *cards]
        items.append(self._note(sight))
        if not self._transparent:
            items += self._furniture(sight, captioned=remark is None)
        return [item for item in items if item is not None]

    def _place_remark(self, sight: Sight) -> PlacedRemark | None:
        """The narration where it stands beside something."""
        caption = sight.state.caption
        return None if caption is None else self._remarks.place(caption, sight)

    def _furniture(self, sight: Sight, captioned: bool) -> list[Item | None]:
        """What belongs to the page and not to the picture: heading, token row, caption at the foot, progress."""
        state = sight.state
        items = self._head(sight)
        if captioned and state.caption is not None and state.caption.text.strip():
            items.append(self._captions.place(state.caption))
        if state.progress is not None:
            items.append(place_progress(state.progress, self.page, self.theme))
        return items

    def _place_cards(self, sight: Sight, remark: PlacedRemark | None) -> list[Item]:
        """The charts, the formula cards and the callouts, each where it leaves free what is talked about.

        Charts come first, and give way to nothing that changes cell by cell: they stand still while a fill goes on.
        """
        state = sight.state
        cards: list[Item] = []
        if state.tableau is not None:
            cards.append(self._tableaus.place(state.tableau, sight))
        if state.charts:
            fixed = [item.area for item in (remark, *cards) if item is not None]
            avoid = self._talked_about(sight, "focus") + Free.of((area, CARD_COST) for area in fixed)
            cards += self._charts.place(state.charts, sight, avoid)
        if state.card is None and state.definition is None and not state.labels:
            return cards
        avoid = self._talked_about(sight) + Free.of([(remark.area, CARD_COST)] if remark else [])
        avoid += Free.of((card.area, CARD_COST) for card in cards if isinstance(card, PlacedTableau))
        if state.card is not None:
            cards.append(self._cards.place(state.card, sight, avoid, [card.area for card in cards]))
        if state.definition is not None:
            taken = Free.of((card.area, CARD_COST) for card in cards)
            cards.append(self._definitions.place(state.definition, sight, avoid + taken))
        for label in state.labels:
            taken = Free.of((card.area, CARD_COST) for card in cards)
            placed = self._callouts.place(label, sight, avoid + taken)
            if placed is not None:
                cards.append(placed)
        return cards

    def _talked_about(self, sight: Sight, *roles: str) -> Free:
        """What a card should leave free: what is outlined, in any role or one of some, and boxes."""
        outlined = [outline for outline in sight.state.outlines if not roles or outline.role in roles]
        told = [sight.faces.index.get(box.id, -1) for each in outlined for box, _ in sight.layout.find(each.region)]
        boxes, sides = sight.in_picture(self.page.picture)
        costs = np.where(np.isin(boxes, told), BOX_COST, OTHER_COST)
        areas = Free.of((area, OUTLINE_COST) for area in outlined_areas(sight, *roles))
        return areas + Free.alike(sides, costs)

    def _head(self, sight: Sight) -> list[Item | None]:
        """Heading and token row side by side, or below one another where the frame is too narrow for that.

        The minimap stands left of the token row, or in tall frames right of both.
        """
        state = sight.state
        head = self.page.head
        row = heading = None
        room, below = head, self.page.tall
        if below:
            room, minimap = self._beside_minimap(sight, head)
        if state.tokens is not None:
            top = head.bottom - self._token_rows.height if below else head.top
            width = room.width if below else 0.62 * head.width
            place = (state.tokens, head.left if below else head.right, top, width)
            source = self._source(sight)
            row = self._placed_row.of(
                (*place, source), lambda: self._token_rows.place(*place, to_left=not below, source=source)
            )
            row = None if row is None else row.shown(self._lead_seen(sight))
            if row is not None and not below:
                room = Area(head.left, head.top, row.area.left - 2 * self.page.margin, head.bottom)
        note = self._note(sight)
        if self.run.model.is_blank and note is not None and not below:
            room = Area(head.left, head.top, note.area.left - 2 * self.page.margin, head.bottom)
        if not below:
            room, minimap = self._beside_minimap(sight, room)
        if state.heading is not None:
            heading = place_heading(state.heading, self.page, self.theme, room)
        return [heading, row, row and row.coming, minimap]

    def _note(self, sight: Sight) -> PlacedNote | None:
        """What the picture says of models in it that have no weights."""
        if not self._any_blank:
            return None
        seen = np.unique(self.layout.members[sight.on_frame])
        blank = tuple(self.run.alone[i].model.name for i in seen if self.run.alone[i].model.is_blank)
        if blank not in self._notes:
            self._notes[blank] = place_note(self.run, blank, self.page, self.theme)
        return self._notes[blank]

    def _lead_seen(self, sight: Sight) -> float:
        """How far the tokens belong to the picture, 0 to 1: not where their model is a speck beside others."""
        if not self.run.cast:
            return 1.0
        areas = sight.areas[(self.layout.members == 0) & sight.on_frame]
        if not len(areas):
            return 0.0
        width, height = areas[:, 2:].max(axis=0) - areas[:, :2].min(axis=0)
        return smoothstep(*SPECK, float(np.sqrt(width * height / (self.page.width * self.page.height))))

    def _beside_minimap(self, sight: Sight, room: Area) -> tuple[Area, Item | None]:
        """What a minimap at the right of `room` leaves of it, and the map; all of it where there is none."""
        area = self._minimap.room(room) if sight.state.minimap > 0 else None
        if area is None:
            return room, None
        left = Area(room.left, room.top, area.left - self.page.margin, room.bottom)
        return left, self._minimap.place(sight, area)

    def _source(self, sight: Sight) -> tuple[float, float] | None:
        """Where on the frame the token that is coming was read, None where that is not in the picture."""
        row = sight.state.tokens
        if row is None or row.source is None:
            return None
        seen = sight.centre(row.source)
        if seen is None:
            return None
        (x, y), picture = seen[1].tolist(), self.page.picture
        return (x, y) if picture.left < x < picture.right and picture.top < y < picture.bottom else None
