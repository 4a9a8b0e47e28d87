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

from render.layout.attention import heads
from render.layout.faces import has_heads
from render.layout.fold import Line
from render.layout.leaves import Leaves
from render.layout.pack import Group, column, level, overlay, row, top_and_bottom
from render.model import TensorSpec

BEFORE, AFTER = "before the blocks", "after the blocks"


@dataclass(frozen=True)
class Stretch:
    """A line of the stream, and what stands on it: a block such as `h.3`, or what comes before or after the blocks.

    Blocks that are alike share one line; `composed` is the block that it was composed for.
    """

    line: Line
    module: str
    composed: str


class DecoderComposer:
    """Composes the boxes of one decoder from `leaves`."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves, self.graph, self.unit = leaves, leaves.graph, leaves.unit
        self.stream = [spec.name for spec in self.graph.values() if self._on_stream(spec)]

    def _on_stream(self, spec: TensorSpec) -> bool:
        """The stream is the embedding and every sum of the stream with what a branch made: it belongs to no branch."""
        return spec.kind == "activation" and spec.dims == ("t", "c") and len(self._owner(spec.name)) == 0

    def _owner(self, name: str) -> str:
        """The branch module that a tensor belongs to: `attn`, `mlp`, `ln_1`; empty for the stream itself."""
        parts = name.split(".")
        inner = parts[2:] if parts[0] == "h" else parts
        return inner[0] if len(inner) > 1 else ""

    def stretches(self) -> list[Stretch]:
        """The whole model, in order."""
        found = [Stretch(self._embedding(), BEFORE, BEFORE)]
        known: dict[tuple[object, ...], Stretch] = {}
        for block, names in self._blocks().items():
            looks = tuple(self._look(name, block) for name in names)
            if looks not in known:
                known[looks] = Stretch(self._block(block, names), block, block)
            found.append(Stretch(known[looks].line, block, known[looks].composed))
        return [*found, Stretch(self._output(), AFTER, AFTER)]

    def _blocks(self) -> dict[str, list[str]]:
        """The tensors of every block."""
        blocks: dict[str, list[str]] = {}
        for name in self.graph:
            parts = name.split(".", 2)
            if parts[0] == "h":
                blocks.setdefault(f"h.{parts[1]}", []).append(name)
        return blocks

    def _look(self, name: str, block: str) -> tuple[object, ...]:
        """All that matters for how a block's tensor is drawn, the number of the block aside."""
        spec = self.graph[name]
        inside = f"{block}."
        reads = tuple(n.removeprefix(inside) for n in self.graph.operand_names(name) if n.startswith(inside))
        return (
            name.removeprefix(inside),
            spec.dims,
            spec.shape,
            spec.kind,
            spec.title,
            tuple(spec.splits.items()),
            reads,
        )

    # --- parts --------------------------------------------------------------------------------------------------

    def _attention(self, norm: str, module: str) -> Group:
        specs = [spec for spec in self.leaves.specs(module) if spec.kind != "weight"]
        joined = [self.leaves.product(spec.name, "c") for spec in specs if not has_heads(spec)]
        return row([self.leaves.norm(norm), heads(self.leaves, specs), *joined], 8 * self.unit, "end")

    def _mlp(self, norm: str, module: str) -> tuple[Group, Group]:
        """The panels (weights and activations, one column a channel) and the column right of them (norm, output)."""
        leaves = self.leaves
        specs = [spec for spec in leaves.specs(module) if spec.kind != "weight"]
        inner = [spec for spec in specs if "f" in spec.dims]
        outs = [spec for spec in specs if "f" not in spec.dims]
        near, wide = 3 * self.unit, 5 * self.unit
        strips: list[Group] = []
        for spec in inner:
            matrices, vectors = leaves.weights(spec.name)
            strips += [leaves.box(w.name, "f", leaves.sides(w, spec.name)[0]) for w in matrices]
            strips += [leaves.box(w.name, "f", None) for w in vectors]
            strips.append(leaves.box(spec.name, "f", "t"))
        down: list[Group] = []
        results: list[Group] = []
        for spec in outs:
            matrices, vectors = leaves.weights(spec.name)
            down += [leaves.box(w.name, *leaves.sides(w, spec.name)) for w in matrices]
            results.append(
                row([*(leaves.box(w.name, None, w.dims[0]) for w in vectors), leaves.box(spec.name, "t", "c")], near)
            )
        panels = column([*strips, *down], near)
        side = top_and_bottom(leaves.norm(norm), column(results, near, "end"), panels.height)
        return panels, Group(side.width + wide, side.height, side.moved(wide, 0))

    # --- lines --------------------------------------------------------------------------------------------------

    def _embedding(self) -> Line:
        """The tables side by side, then what is looked up in them, with the tokens above it."""
        first = self.stream[0]
        tables, _ = self.leaves.weights(first)
        close, gap = 4 * self.leaves.close, 5 * self.unit
        embed = self.leaves.box(first, "t", "c")
        # What depends on positions alone stands above them.
        turns = [self.leaves.box(s.name, "t" if "t" in s.dims else None, "i") for s in self.leaves.specs("rotary")]
        looked_up = column([*turns, self.leaves.box("tokens", "t", None), embed], close)
        group = row([*(self.leaves.box(t.name, t.dims[0], "c") for t in tables), looked_up], gap, "end")
        return Line(group, group.height - embed.height / 2, (_keys(group),))

    def _block(self, block: str, names: list[str]) -> Line:
        modules = self._children(block, names)
        streams = [name for name in self.stream if name.startswith(f"{block}.")]
        near, gap = 5 * self.unit, 9 * self.unit
        attention = self._attention(*modules[:2])
        panels, side = self._mlp(*modules[2:4])
        after_attention, after_mlp = (self.leaves.box(name, "t", "c") for name in streams)
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
        parts = (_keys(attention, after_attention), _keys(panels, side, after_mlp))
        return Line(group, stream_y + after_attention.height / 2, parts)

    def _children(self, block: str, names: list[str]) -> list[str]:
        """The modules directly in a block, in order of computation."""
        found: dict[str, None] = {}
        for name in names:
            rest = name[len(block) + 1 :].split(".")
            if len(rest) > 1:
                found[f"{block}.{rest[0]}"] = None
        return list(found)

    def _output(self) -> Line:
        """The final norm, the head, and the scores of every word."""
        norm = self.leaves.norm(self._final_norm())
        last = [spec for spec in self.graph.values() if "v" in spec.dims and "t" in spec.dims]
        tables, _ = self.leaves.weights(last[0].name)
        # A tied head reads the token embedding, which already stands at the start of the stream.
        drawn = {face.spec.name for face in self.leaves.faces.values()}
        table = [self.leaves.box(t.name, "v", "c") for t in tables if t.name not in drawn]
        scores = [s for s in self.graph.values() if s.dims in (("t", "v"), ("t",)) and s.name in self._after_norm()]
        # The norm's channels are at its foot, below its aggregates.
        members = [(norm, norm.height - self.graph.dims["c"] / 2)]
        if self.graph.dims["v"] > self.graph.dims["c"]:
            members.append(self._strips(table, scores))
        else:
            beside = [self.leaves.box(s.name, "t", "v" if "v" in s.dims else None) for s in scores]
            members += [(group, group.height / 2) for group in (*table, column(beside, 2 * self.unit))]
        group, axis = level(members, 5 * self.unit)
        return Line(group, axis, (_keys(group),))

    def _strips(self, table: list[Group], scores: list[TensorSpec]) -> tuple[Group, float]:
        """A vocabulary longer than the stream is broad: one column a word, from the head down to its probability.

        The stream leads to the middle of the head, or of the scores where the head is tied.
        """
        strips = [self.leaves.box(s.name, "v" if "v" in s.dims else None, "t") for s in scores]
        group = column([*table, column(strips, 3 * self.leaves.close, "start")], 3 * self.unit, "start")
        return group, (table[0].height if table else group.height) / 2

    def _final_norm(self) -> str:
        """The module that reads the last tensor of the stream."""
        return self.graph.readers(self.stream[-1])[0].rsplit(".", 1)[0]

    def _after_norm(self) -> list[str]:
        names = list(self.graph)
        return names[names.index(f"{self._final_norm()}.out") + 1 :]


def _keys(*groups: Group) -> tuple[str, ...]:
    """The leaves of groups."""
    return tuple(placed.key for group in groups for placed in group.placed)
