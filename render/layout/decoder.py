"""The composition of a decoder: the residual stream as a spine, attention on one side of it, the MLP on the other.

Everything is read from the provenance graph: which tensors form the stream, which have heads, which weights make
what. So a decoder with other parts stands in the same composition without a word about it here.

Inside a block the attention branch and the MLP share one stretch of the stream::

        norm  heads (fanned out in depth)  projection
    ====================================================== stream ==[+ attention]==[+ MLP]===
        c_fc weights, one column per MLP channel     norm
        MLP activations
        c_proj weights                               output
"""

from __future__ import annotations

from dataclasses import dataclass

from render.layout.faces import Face, face, has_heads
from render.layout.pack import Group, column, fan, leaf, overlay, row
from render.model import Graph, TensorSpec

LONGEST = 8192
"""How many cells a side of a box may have: what every graphics card takes as a texture."""


@dataclass(frozen=True)
class Line:
    """A group that stands on the stream: `axis` is how far down in it the stream's middle runs."""

    group: Group
    axis: float


class DecoderComposer:
    """Composes the boxes of one decoder.

    `faces` collects what each leaf of the packing shows, `parts` the leaves that are read together: the embedding,
    each block's attention and MLP with the sum that ends it, the output.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.faces: dict[str, Face] = {}
        self.parts: list[tuple[str, ...]] = []
        channels = graph.dims["c"]
        self.unit = max(1.0, channels / 48) ** 0.9
        self.stream = [spec.name for spec in graph.values() if self._on_stream(spec)]

    def _on_stream(self, spec: TensorSpec) -> bool:
        """The stream is the embedding and every sum of the stream with what a branch made: it belongs to no branch."""
        return spec.kind == "activation" and spec.dims == ("t", "c") and len(self._owner(spec.name)) == 0

    def _owner(self, name: str) -> str:
        """The branch module that a tensor belongs to: `attn`, `mlp`, `ln_1`; empty for the stream itself."""
        parts = name.split(".")
        inner = parts[2:] if parts[0] == "h" else parts
        return inner[0] if len(inner) > 1 else ""

    # --- leaves -------------------------------------------------------------------------------------------------

    def _leaf(self, made: Face) -> Group:
        tiles = made.tiles(LONGEST)
        self.faces |= {tile.key: tile for line in tiles for tile in line}
        return column([row([leaf(tile.key, *tile.size) for tile in line], 0.0) for line in tiles], 0.0, "start")

    def _box(self, name: str, columns: str | None, rows: str | None, **cut: int) -> Group:
        return self._leaf(face(self.graph[name], columns, rows, cut))

    def _weights(self, name: str) -> tuple[list[TensorSpec], list[TensorSpec]]:
        """The matrices and the vectors among the weights that `name` is computed from."""
        weights = [self.graph[n] for n in self.graph.operand_names(name) if self.graph[n].kind == "weight"]
        return [w for w in weights if len(w.dims) == 2], [w for w in weights if len(w.dims) == 1]

    def _specs(self, module: str) -> list[TensorSpec]:
        return [self.graph[name] for name in self.graph.module(module)]

    def _part(self, *groups: Group) -> None:
        self.parts.append(tuple(placed.key for group in groups for placed in group.placed))

    # --- parts --------------------------------------------------------------------------------------------------

    def _norm(self, module: str) -> Group:
        """Its weights as columns, then the normalised columns with the aggregates above them."""
        weights, stats, outs = [], [], []
        for spec in self._specs(module):
            if spec.kind == "weight":
                weights.append(self._box(spec.name, None, "c"))
            elif spec.kind == "aggregate":
                stats.append(self._box(spec.name, "t", None))
            else:
                outs.append(self._box(spec.name, "t", "c"))
        near = 1.2 * self.unit
        return row([*weights, column([*stats, *outs], near)], near, "end")

    def _product(self, name: str, rows: str, **cut: int) -> Group:
        """bias | weights | result: each row of the weights, times a column of the input, makes one cell."""
        matrices, vectors = self._weights(name)
        near = 3 * self.unit
        parts = []
        for vector in vectors:
            parts.append(self._box(vector.name, None, vector.dims[0], **cut))
        for matrix in matrices:
            parts.append(self._box(matrix.name, matrix.dims[0], matrix.dims[1], **cut))
        return row([*parts, self._box(name, "t", rows, **cut)], near)

    def _head(self, specs: list[TensorSpec], h: int) -> Group:
        """One attention head: queries, keys and values on the left, scores and their softmax, then the output."""
        made = [spec for spec in specs if spec.dims == ("h", "t", "a")]
        scores = [spec for spec in specs if spec.dims[:2] == ("h", "t") and spec not in made]
        outputs = [spec for spec in specs if spec.dims == ("t", "c")]
        near, wide = 3 * self.unit, 7 * self.unit
        left = []
        for part, spec in enumerate(made):
            cut = (
                {"p": part, "h": h}
                if any("p" in dict(w.splits.get("j", ())) for w in self._weights(spec.name)[0])
                else {"h": h}
            )
            left.append(self._product(spec.name, "a", **cut))
        score_row = row(
            [
                self._box(s.name, "s", "t", h=h) if len(s.dims) == 3 else self._box(s.name, None, "t", h=h)
                for s in scores
            ],
            near,
        )
        output_row = row([self._box(spec.name, "t", "c", h=h) for spec in outputs], near)
        products = column(left, near)
        attend_height = max(products.height, score_row.height + near + output_row.height)
        return row([products, _top_and_bottom(score_row, output_row, attend_height)], wide, "start")

    def _attention(self, norm: str, module: str) -> Group:
        specs = [spec for spec in self._specs(module) if spec.kind != "weight"]
        headed = [spec for spec in specs if has_heads(spec)]
        joined = [spec for spec in specs if not has_heads(spec)]
        heads = [self._head(headed, h) for h in range(self.graph.dims["h"])]
        depth = 20 * self.unit
        projection = [self._product(spec.name, "c") for spec in joined]
        wide = 8 * self.unit
        return row([self._norm(norm), fan(heads, depth), *projection], wide, "end")

    def _mlp(self, norm: str, module: str) -> tuple[Group, Group]:
        """The panels (weights and activations, one column a channel) and the column right of them (norm, output)."""
        specs = [spec for spec in self._specs(module) if spec.kind != "weight"]
        inner = [spec for spec in specs if "f" in spec.dims]
        outs = [spec for spec in specs if "f" not in spec.dims]
        near, wide = 3 * self.unit, 5 * self.unit
        strips: list[Group] = []
        for spec in inner:
            matrices, vectors = self._weights(spec.name)
            strips += [self._box(w.name, "f", "c") for w in matrices]
            strips += [self._box(w.name, "f", None) for w in vectors]
            strips.append(self._box(spec.name, "f", "t"))
        down: list[Group] = []
        results: list[Group] = []
        for spec in outs:
            matrices, vectors = self._weights(spec.name)
            down += [self._box(w.name, *w.dims) for w in matrices]
            results.append(
                row([*(self._box(w.name, None, *w.dims) for w in vectors), self._box(spec.name, "t", "c")], near)
            )
        panels = column([*strips, *down], near)
        side = _top_and_bottom(self._norm(norm), column(results, near, "end"), panels.height)
        return panels, Group(side.width + wide, side.height, side.moved(wide, 0))

    # --- lines --------------------------------------------------------------------------------------------------

    def _embedding(self) -> Line:
        """The tables side by side, then what is looked up in them, with the tokens above it."""
        first = self.stream[0]
        tables, _ = self._weights(first)
        near, gap = 4 * self.unit, 5 * self.unit
        embed = self._box(first, "t", "c")
        tokens = self._box("tokens", "t", None)
        looked_up = column([tokens, embed], near)
        group = row([*(self._box(t.name, t.dims[0], "c") for t in tables), looked_up], gap, "end")
        self._part(group)
        return Line(group, group.height - embed.height / 2)

    def _block(self, index: int) -> Line:
        modules = self._children(f"h.{index}")
        streams = [name for name in self.stream if name.startswith(f"h.{index}.")]
        near, gap = 5 * self.unit, 9 * self.unit
        attention = self._attention(*modules[:2])
        panels, side = self._mlp(*modules[2:4])
        after_attention, after_mlp = (self._box(name, "t", "c") for name in streams)
        self._part(attention, after_attention)
        self._part(panels, side, after_mlp)
        right = max(panels.width + side.width, attention.width)
        stream_y = attention.height + gap
        mlp_y = stream_y + after_attention.height + gap
        left = right - side.width - panels.width
        group = overlay(
            [
                (attention, right - attention.width, 0),
                (after_attention, right - after_attention.width, stream_y),
                (after_mlp, right + near, stream_y),
                (panels, left, mlp_y),
                (side, right - side.width, mlp_y),
            ]
        )
        return Line(group, stream_y + after_attention.height / 2)

    def _children(self, module: str) -> list[str]:
        """The modules directly in `module`, in order of computation."""
        found: dict[str, None] = {}
        for name in self.graph.module(module):
            rest = name[len(module) + 1 :].split(".")
            if len(rest) > 1:
                found[f"{module}.{rest[0]}"] = None
        return list(found)

    def _output(self) -> Line:
        last = [spec for spec in self.graph.values() if "v" in spec.dims and "t" in spec.dims]
        norm = self._norm(self._final_norm())
        tables, _ = self._weights(last[0].name)
        near, gap = 2 * self.unit, 5 * self.unit
        # A tied head reads the token embedding, which already stands at the start of the stream.
        drawn = {face.spec.name for face in self.faces.values()}
        table = [self._box(t.name, "v", "c") for t in tables if t.name not in drawn]
        names = [s for s in self.graph.values() if s.dims in (("t", "v"), ("t",)) and s.name in self._after_norm()]
        scores = column([self._box(s.name, "t", "v" if "v" in s.dims else None) for s in names], near)
        # The channels are at the foot of the norm, below its aggregates; the scores stand beside their middle.
        channels = self.graph.dims["c"]
        tall = max(channels, scores.height)
        beside = overlay([(scores, 0, (tall - scores.height) / 2)])
        group = row([norm, *table, Group(beside.width, tall, beside.placed)], gap, "end")
        self._part(group)
        return Line(group, group.height - tall / 2)

    def _final_norm(self) -> str:
        """The module that reads the last tensor of the stream."""
        return self.graph.readers(self.stream[-1])[0].rsplit(".", 1)[0]

    def _after_norm(self) -> list[str]:
        names = list(self.graph)
        return names[names.index(f"{self._final_norm()}.out") + 1 :]

    def compose(self, aspect: float) -> Group:
        """The whole model, folded into as many rows as bring its shape nearest to `aspect` (width by height)."""
        n_layer = 1 + max(int(name.split(".")[1]) for name in self.graph.module("h"))
        lines = [self._embedding(), *(self._block(index) for index in range(n_layer)), self._output()]
        gap = 10 * self.unit
        best: Group | None = None
        for n_rows in range(1, len(lines) + 1):
            group = _stack(_fold(lines, n_rows), gap)
            if best is None or _misfit(group, aspect) < _misfit(best, aspect):
                best = group
        assert best is not None
        return best


def _misfit(group: Group, aspect: float) -> float:
    ratio = group.width / group.height / aspect
    return max(ratio, 1 / ratio)


def _fold(lines: list[Line], n_rows: int) -> list[list[Line]]:
    """`lines` in order, in at most `n_rows` rows of about equal width."""
    target = sum(line.group.width for line in lines) / n_rows
    rows: list[list[Line]] = [[]]
    filled = 0.0
    for line in lines:
        if rows[-1] and filled + line.group.width / 2 > target * len(rows) and len(rows) < n_rows:
            rows.append([])
        rows[-1].append(line)
        filled += line.group.width
    return rows


def _stack(rows: list[list[Line]], gap: float) -> Group:
    """Rows below one another, in each row everything on one axis."""
    parts: list[tuple[Group, float, float]] = []
    y = 0.0
    for members in rows:
        axis = max(line.axis for line in members)
        below = max(line.group.height - line.axis for line in members)
        x = 0.0
        for line in members:
            parts.append((line.group, x, y + axis - line.axis))
            x += line.group.width + gap
        y += axis + below + 2 * gap
    return overlay(parts)


def _top_and_bottom(top: Group, bottom: Group, height: float) -> Group:
    """`top` at the top and `bottom` at the bottom of a column `height` tall, both flush right."""
    width = max(top.width, bottom.width)
    return overlay([(top, width - top.width, 0), (bottom, width - bottom.width, height - bottom.height)])
