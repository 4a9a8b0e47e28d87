"""What a model would say after each of its layers: a row for each, with its likeliest word and how likely that is."""

from __future__ import annotations

from dataclasses import replace

from render.model.token_text import written
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.plots.bars import THICK, WIDEST_SHARE, percent
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Block, Drawing, Shape
from render.overlay.plots.style import PlotStyle, mixed
from render.overlay.text import CAP_HEIGHT, Lettering, shape
from render.timeline import Chart, Readings

LONG, LONGEST_WORD = 12.0, 8.0
"""The length of a bar of 100%, and how wide a word may be, in font sizes."""

FAINT = 0.12
"""How strong the track is that a bar runs on."""


@set_plot.register(Readings)
class SetReadings:
    """The rows, measured. While the chart grows they come one after the other, as the model computes them."""

    def __init__(self, plot: Readings, chart: Chart, style: PlotStyle) -> None:
        self.plot, self.chart = plot, chart
        self.style = style = replace(style, rows=len(plot.layers))
        size, other = style.size, chart.other
        same = isinstance(other, Readings) and len(other.values) == len(plot.values)
        self.others = other.values if same and isinstance(other, Readings) else plot.values
        self.words = [shortened(written(word), style.marked, LONGEST_WORD * size) for word in plot.words]
        self._layer_width = max(shape(layer, style.value).width for layer in plot.layers)
        widest = max(shape(word, style.marked).width for word in self.words)
        # Other words can come where these stand, in a chart that is not done changing.
        self._word_width = LONGEST_WORD * size if style.steady else widest
        value = shape(WIDEST_SHARE, style.marked).width
        fixed = self._layer_width + self._word_width + value + 2.4 * size
        self._long = min(LONG * size, style.page.picture.width - 2.5 * size - fixed)
        self.width = fixed + self._long
        self.height = style.row * len(plot.layers) - 0.2 * style.row

    def at(self, left: float, top: float) -> Drawing:
        style, size, card = self.style, self.style.size, self.style.theme.card
        shapes: list[Shape] = []
        letters: list[Lettering] = []
        word_left = left + self._layer_width + 0.9 * size
        start = word_left + self._word_width + 0.8 * size
        thick = min(THICK * size, 0.6 * style.row)
        for i, layer in enumerate(self.plot.layers):
            come = min(max(self.chart.growth * len(self.plot.layers) - i, 0.0), 1.0)
            if come <= 0:
                continue
            middle = top + style.row * (i + 0.5) - 0.2 * size
            baseline = middle + CAP_HEIGHT * size / 2
            settled = self.plot.settled[i]
            said = shape(layer, style.faded(style.value, come))
            letters.append(Lettering(said, left + self._layer_width - said.width, baseline, card))
            word = shape(self.words[i], style.faded(style.marked if settled else style.label, come))
            letters.append(Lettering(word, word_left, baseline, card))
            value = self.plot.values[i] + self.chart.lean * (self.others[i] - self.plot.values[i])
            colour = style.theme.accent if settled else style.fill
            track = Area.at(start, middle - thick / 2, self._long, thick)
            shapes.append(Block(track, mixed(card, style.theme.muted, FAINT * come), 0.22 * thick))
            bar = Area.at(start, track.top, max(value * come * self._long, 2.0 * style.page.pixel), thick)
            shapes.append(Block(bar, mixed(card, colour, come), min(0.22 * thick, bar.width / 2)))
            text = shape(percent(self.plot.values[i]), style.faded(style.marked if settled else style.value, come))
            letters.append(Lettering(text, left + self.width - text.width, baseline, card))
        return Drawing(tuple(shapes), tuple(letters))
