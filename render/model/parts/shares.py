"""Softmax as a model computes it, with the aggregates on the way."""

from __future__ import annotations

import numpy as np

from render.model.architecture import FloatArray


def shares(scores: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Softmax along the last dimension: the largest, the sum of exponentials relative to it, and the shares."""
    largest = scores.max(axis=-1)
    exp = np.exp(scores - largest[..., None])
    total = exp.sum(axis=-1)
    return largest, total, exp / total[..., None]
