"""What the frequencies of rotary positions are divided by in models made for long contexts."""

from __future__ import annotations

import math

import numpy as np

from render.errors import UserError
from render.model.said import Said


def divisors(scaling: Said, head_size: int, theta: float) -> tuple[float, ...]:
    """A divisor for each pair of channels, as transformers' `rope_scaling` (or `rope_parameters`) says; none for none.

    `linear` divides all alike; `llama3` divides the slow ones and leaves the fast ones, with a smooth bend between
    (transformers, modeling_rope_utils.py, `_compute_llama3_parameters`). Raises UserError for other kinds.
    """
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if scaling.number("partial_rotary_factor", 1.0) != 1.0:
        raise UserError("rotary positions of a part of the channels (partial_rotary_factor) are not supported")
    match kind:
        case "default" | "none":
            return ()
        case "linear":
            return (_factor(scaling),) * (head_size // 2)
        case "llama3":
            return _llama3(scaling, head_size, theta)
    raise UserError(f"the rope_type '{kind}' is not supported; there are: default, linear, llama3")


def _factor(scaling: Said) -> float:
    factor = scaling.number("factor")
    if factor <= 0:
        raise UserError(f"the config says factor={scaling['factor']} of its rope_scaling, which must be more than 0")
    return factor


def _llama3(scaling: Said, head_size: int, theta: float) -> tuple[float, ...]:
    factor, old = _factor(scaling), scaling.number("original_max_position_embeddings")
    low, high = scaling.number("low_freq_factor"), scaling.number("high_freq_factor")
    if not 0 < low < high:
        raise UserError(f"low_freq_factor={low:g} of the rope_scaling must be less than high_freq_factor={high:g}")
    wavelength = 2 * math.pi * np.float64(theta) ** (np.arange(0, head_size, 2) / head_size)  # (A/2,)
    fast = np.clip((old / wavelength - low) / (high - low), 0, 1)  # 1 where nothing changes, 0 where all is divided
    return tuple((1 / ((1 - fast) / factor + fast)).tolist())
