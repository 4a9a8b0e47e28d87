"""Charts while the film is timed and while a state is in the making: recipes, and at what setting they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from render.timeline.plot import Chart
from render.timeline.recipe import Recipe, Settings


@dataclass(frozen=True)
class Displayed:
    """A chart that stands in the picture while a beat is timed: since when, and at what setting its sweeps left it.

    before: whether it was there before the beat
    """

    recipe: Recipe
    settings: Settings
    start: float
    before: bool = False


@dataclass(frozen=True)
class Plotted:
    """A chart in a state in the making: its recipe and at what setting it is, how far it has come.

    earlier: what it turns from, while it turns from one content to another
    turned:  how far it has, 0 to 1
    """

    recipe: Recipe
    settings: Settings
    growth: float = 1.0
    alpha: float = 1.0
    earlier: Plotted | None = None
    turned: float = 1.0

    def chart(self) -> Chart:
        """The chart as it is now."""
        made = replace(self.recipe.chart(self.settings), growth=self.growth, alpha=self.alpha)
        if self.earlier is None or self.turned >= 1:
            return made
        return replace(made, other=self.earlier.chart().plot, lean=1 - self.turned)
