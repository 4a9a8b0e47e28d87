"""What of a state stands on the stage."""

from __future__ import annotations

from render.timeline import State


def on_stage(state: State) -> State:
    """What the stage draws of a state; the rest is the overlay's. States of which that is equal are one picture.

    It shares no mapping with the state, which may be changed later.
    """
    return State(
        state.pose,
        state.step,
        looks=dict(state.looks),
        filled=dict(state.filled),
        shifts=dict(state.shifts),
        flyers=state.flyers,
        pulses=state.pulses,
    )
