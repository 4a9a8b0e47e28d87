"""What the selectors of a script mean in a layout: regions, their places, boxes and windows of cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from render.layout import Layout, Rect
from render.model import Graph, Region
from render.scene import Selector, resolve

Windows = dict[str, tuple[Rect | None, ...]]
"""Boxes by id, each whole (None) or some windows of its cells."""


@dataclass(frozen=True)
class Targets:
    """Resolves selectors against the graph of the pass in force, as far as its tensors are drawn."""

    graph: Graph
    layout: Layout

    def regions(self, selectors: Iterable[Selector]) -> list[Region]:
        """The regions that selectors mean."""
        regions = (region for selector in selectors for region in resolve(selector, self.graph))
        return [region for region in regions if self.layout.shows(region)]

    def places(self, selectors: Iterable[Selector]) -> list[Region]:
        """The regions that selectors mean, with the places of tokens yet to come where they mean all there are now."""
        places = []
        for region in self.regions(selectors):
            now, last = self.graph[region.tensor].shape, self.layout.graph[region.tensor].shape
            sizes = zip(region.ranges, now, last, strict=True)
            ranges = tuple((0, end) if span == (0, size) else span for span, size, end in sizes)
            places.append(Region(region.tensor, ranges))
        return places

    def windows(self, selectors: Iterable[Selector]) -> Windows:
        """The boxes, or the windows of cells, that selectors mean, with the places of tokens yet to come."""
        found: Windows = {}
        for region in self.places(selectors):
            for box, window in self.layout.find(region):
                found[box.id] = (*found.get(box.id, ()), None if window == box.whole else window)
        return found
