"""A scene with all that follows from it before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from render.layout import Layout, Orientation, arrange, line_up, telling_words
from render.model import Repertoire, Run
from render.scene import Scene, TemplateContext, rehearse
from render.theme import THEMES, Theme
from render.timeline.compile import compile_scene
from render.timeline.timeline import Timeline


class Stock(Repertoire):
    """What the productions of a film share: models and runs, and the layout of each run."""

    def __init__(self) -> None:
        super().__init__()
        self._layouts: dict[tuple[Run, Orientation], Layout] = {}

    def layout(self, run: Run, orientation: Orientation) -> Layout:
        if (run, orientation) not in self._layouts:
            self._layouts[run, orientation] = self._arranged(run, orientation)
        return self._layouts[run, orientation]

    def _arranged(self, run: Run, orientation: Orientation) -> Layout:
        if run.cast:
            return line_up(run.graph, {name: self.layout(own, orientation) for name, own in run.cast.items()})
        return arrange(run.graph, orientation, telling_words(run))


@dataclass(frozen=True)
class Production:
    """A scene with beats, its run, its layout and its time line, each made when it is first needed."""

    scene: Scene
    stock: Stock = field(default_factory=Stock, repr=False, compare=False)

    @property
    def title(self) -> str:
        """The film's title."""
        return self.scene.title.render(TemplateContext(self.run, 0))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return (self.scene.video.size.width, self.scene.video.size.height)

    @property
    def aspect(self) -> float:
        return self.size[0] / self.size[1]

    @property
    def theme(self) -> Theme:
        return THEMES[self.scene.video.theme]

    @cached_property
    def run(self) -> Run:
        return rehearse(self.scene, self.stock)

    @cached_property
    def layout(self) -> Layout:
        return self.stock.layout(self.run, "wide" if self.aspect >= 1 else "tall")

    @cached_property
    def timeline(self) -> Timeline:
        return compile_scene(self.scene, self.run, self.layout, self.aspect)
