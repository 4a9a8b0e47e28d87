"""What decoders are made of. Each part says itself twice, side by side: in index notation and in numpy."""

from render.model.parts.attention import Attention
from render.model.parts.embedding import Embedding
from render.model.parts.head import Head
from render.model.parts.linear import Linear
from render.model.parts.mlp import MLP, GeluMLP, SwiGLU
from render.model.parts.norm import LayerNorm, Norm, RMSNorm
from render.model.parts.projections import FusedProjection, Heads, Projections, SeparateProjections
from render.model.parts.rotary import Rotary
from render.model.parts.writer import ForwardPass, GraphWriter

__all__ = [
    "MLP",
    "Attention",
    "Embedding",
    "ForwardPass",
    "FusedProjection",
    "GeluMLP",
    "GraphWriter",
    "Head",
    "Heads",
    "LayerNorm",
    "Linear",
    "Norm",
    "Projections",
    "RMSNorm",
    "Rotary",
    "SeparateProjections",
    "SwiGLU",
]
