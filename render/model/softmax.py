"""Softmax at a temperature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def softmax(scores: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """Shares of one whole along the last dimension, in float64: exp(score / temperature) over the sum of all such.

    A low temperature sharpens, a high one levels. Scores of minus infinity, as a causal mask leaves them, have no
    share; where there are no others, nothing has.
    """
    scaled = scores.astype(np.float64) / temperature
    largest = scaled.max(axis=-1, keepdims=True)
    exp = np.exp(scaled - np.where(np.isfinite(largest), largest, 0.0))
    total = exp.sum(axis=-1, keepdims=True)
    shares: NDArray[np.float64] = exp / np.where(total > 0, total, 1.0)
    return shares
