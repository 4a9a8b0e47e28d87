"""The end: from the normed stream to the probability of every token."""

from __future__ import annotations

from dataclasses import dataclass

from render.model.architecture import FloatArray
from render.model.notation import Call, Dim, Max, Sum, Tensor
from render.model.parts.shares import shares
from render.model.parts.writer import ForwardPass, GraphWriter

_c, _t, _v = Dim("c"), Dim("t"), Dim("v")


@dataclass(frozen=True)
class Head:
    """Reads logits off the stream with a table of its own, or with the token embedding when it is `tied`."""

    tied: bool

    def write(self, graph: GraphWriter, x: Tensor) -> None:
        C, V = graph.dims["c"], graph.dims["v"]
        if self.tied:
            table = Tensor("wte.weight")
        else:
            table = graph.weight("lm_head.weight", "vc", "Language model head weights", "W")
        score = Sum("c", C, x[_t, _c] * table[_v, _c])
        logits = graph.add("logits", "tv", "activation", "Logits", "logit", score)
        largest = Max("v", V, logits[_t, _v])
        logits_max = graph.add("logits_max", "t", "aggregate", "Largest logit", "m", largest)
        exp = Call("exp", logits[_t, _v] - logits_max[_t])
        logits_sum = graph.add("logits_sum", "t", "aggregate", "Sum of exponentials", "z", Sum("v", V, exp))
        graph.add("probs", "tv", "activation", "Probabilities", "p", exp / logits_sum[_t])

    def run(self, forward: ForwardPass, x: FloatArray) -> FloatArray:
        table = forward.weight("wte.weight" if self.tied else "lm_head.weight")  # (V, C)
        logits = forward.keep("logits", x @ table.T)  # (T, V)
        logits_max, logits_sum, probs = shares(logits)
        forward.keep("logits_max", logits_max)  # (T,)
        forward.keep("logits_sum", logits_sum)  # (T,)
        return forward.keep("probs", probs)  # (T, V)
