"""Many numbers side by side: rows of tiles one above the other, in lines that are not too long."""

from __future__ import annotations

from dataclasses import dataclass

from render.timeline.working.stage import Placed, Sign, Tile, width_of

ACROSS, ACROSS_SUM = 1.12, 1.36
"""From tile to tile in a row, and where a plus stands between them."""

DOWN, DOWN_PAIR = 1.1, 1.34
"""From row to row, and where a sign stands between them."""

LINE_GAP, ROWS_GAP, PAIRS_GAP = 0.16, 0.28, 0.46
"""What is between one line and the next: more where a line has several rows, and where signs stand between those."""

BEFORE = 1.7
"""How far to the left of a row's first tile its factor stands."""

GUTTER = 0.72
"""How far to the left of the first tile's middle the names of rows end."""


@dataclass(frozen=True)
class Stratum:
    """A row of numbers, one a column, or one number for all columns.

    operator: what joins it to the row above
    function: what is about to be applied to it
    name:     what it is called, in the colour of `tensor`
    """

    tiles: tuple[Tile, ...]
    operator: str = ""
    function: str = ""
    name: str = ""
    tensor: str = ""


@dataclass(frozen=True)
class Block:
    """Rows of `count` numbers each in lines of `columns`, with a plus between them when they are there to be `summed`.

    rest:      how many more columns there are that are not shown
    rest_tile: what they come to
    """

    count: int
    columns: int
    summed: bool
    strata: tuple[Stratum, ...] = ()
    rest: int = 0
    rest_tile: Tile | None = None

    def spread(self, stratum: Stratum) -> bool:
        """Whether a row has a number for every column."""
        return len(stratum.tiles) == self.count

    @property
    def paired(self) -> bool:
        """Whether what stands in a column is a pair with a sign between."""
        return self.summed and sum(map(self.spread, self.strata)) == 2

    @property
    def across(self) -> float:
        return ACROSS_SUM if self.summed else ACROSS

    def lay_out(self, top: float) -> tuple[list[Placed], list[Sign], float]:
        """Tiles and signs from `top` down, centred about x = 0, and where they end."""
        tiles: list[Placed] = []
        signs: list[Sign] = []
        rows = [stratum for stratum in self.strata if self.spread(stratum)]
        first = next((i for i, stratum in enumerate(self.strata) if self.spread(stratum)), len(self.strata))
        y = top + 0.5
        for i, stratum in enumerate(self.strata[:first]):
            tiles.append(Placed(stratum.tiles[0], self._x(0), y))
            signs += self._gutter(stratum, y, f"above {i}")
            y += 1.3
        down = DOWN_PAIR if self.paired else DOWN
        lines = range(0, self.count, self.columns) if rows else ()
        gap = PAIRS_GAP if self.paired else ROWS_GAP if len(rows) > 1 else LINE_GAP
        for line in lines:
            for i, stratum in enumerate(rows):
                there = stratum.tiles[line : line + self.columns]
                tiles += [Placed(tile, self._x(column), y + i * down) for column, tile in enumerate(there)]
                if line == 0 or len(rows) > 1:
                    signs += self._gutter(stratum, y + i * down, f"{line} {i}")
            below = (len(rows) - 1) * down
            if self.paired:
                signs += self._between_pairs(line, y + down / 2, rows[1].operator)
            if self.summed:
                signs += self._pluses(line, y + below / 2)
            if self.rest and line + self.columns > self.count:
                placed, more = self._more(y, below)
                tiles += placed
                signs += more
            y += below + 1 + gap
        y -= gap if rows else 0.0
        for i, stratum in enumerate(self.strata[first:]):
            if not self.spread(stratum):
                y += 0.26
                tiles.append(Placed(stratum.tiles[0], self._x(0), y))
                signs += self._gutter(stratum, y, f"below {i}")
                y += 1.0
        return tiles, signs, y - 0.5

    def _x(self, column: int) -> float:
        wide = min(self.columns, self.count + (1 if self.rest else 0))
        return (column - (wide - 1) / 2) * self.across

    def _gutter(self, stratum: Stratum, y: float, key: str) -> list[Sign]:
        x = self._x(0) - GUTTER
        signs = []
        if stratum.name:
            signs.append(Sign(f"name {key}", stratum.name, x, y, "name", stratum.tensor, align=1))
            x -= width_of(stratum.name) + 0.05
        before = stratum.function or ("" if self.paired else stratum.operator)
        if before:
            signs.append(Sign(f"before {before} {key}", before, x, y, align=1))
        return signs

    def _between_pairs(self, line: int, y: float, operator: str) -> list[Sign]:
        n = min(self.columns, self.count - line)
        return [Sign(f"pair {line + column}", operator, self._x(column), y) for column in range(n)]

    def _pluses(self, line: int, y: float) -> list[Sign]:
        last = self.count + (1 if self.rest else 0) - 1
        n = min(self.columns, last - line)
        return [Sign(f"plus {line + i}", "+", self._x(i) + self.across / 2, y) for i in range(n)]

    def _more(self, y: float, below: float) -> tuple[list[Placed], list[Sign]]:
        """The column that stands for all that are not shown."""
        x = self._x(self.count % self.columns)
        if self.rest_tile is None:
            return [], [
                Sign("rest", f"… {self.rest:,}", x, y + below / 2 - 0.2, "note"),
                Sign("more", "more", x, y + below / 2 + 0.2, "note"),
            ]
        return [Placed(self.rest_tile, x, y)], [Sign("and more", f"{self.rest:,} more", x, y + 0.72, "note")]


@dataclass(frozen=True)
class Strips:
    """Rows of `count` numbers to be added up, in lines of `columns`, each row with its factor before it while there are
    factors.

    names: what factors and rows are called, each with its tensor
    """

    count: int
    columns: int
    factors: tuple[Tile, ...] = ()
    rows: tuple[tuple[Tile, ...], ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def lay_out(self, top: float) -> tuple[list[Placed], list[Sign], float]:
        """Tiles and signs from `top` down, the rows centred about x = 0, and where they end."""
        tiles: list[Placed] = []
        signs: list[Sign] = []
        start = -(min(self.columns, self.count) - 1) / 2 * ACROSS
        before = start - BEFORE
        y = top + 0.5
        if self.names:
            y += 0.62
            places = (before, start) if len(self.names) > 1 else (start,)
            signs += [
                Sign(f"head {tensor}", name, x, top + 0.25, "name", tensor)
                for (name, tensor), x in zip(self.names, places, strict=True)
            ]
        for i in range(max(len(self.factors), len(self.rows))):
            if self.factors:
                tiles.append(Placed(self.factors[i], before, y))
                signs.append(Sign(f"times {i}", "×", (before + start) / 2, y))
            elif i > 0:
                signs.append(Sign(f"plus {i}", "+", (before + start) / 2, y))
            for line in range(0, self.count, self.columns):
                there = self.rows[i][line : line + self.columns] if self.rows else ()
                tiles += [Placed(tile, start + column * ACROSS, y) for column, tile in enumerate(there)]
                y += DOWN
            y += LINE_GAP if self.count > self.columns else 0.0
        return tiles, signs, y - DOWN + 0.5
