"""How fast a computation is worked out: quick moves with rests between them, in seconds.

Of each kind of step: how long one tile moves, how long after it the next one does (`GAP`), and the rest that follows.
"""

OPEN, OPENED = 0.4, 0.1
"""The card comes."""

FLY, FLY_GAP, FLOWN = 0.65, 0.022, 0.35
"""Tiles come from the model."""

SHOW, SHOWN = 0.3, 0.3
"""A sign, or a mark, is shown."""

SLIDE, SLIDE_GAP, SLID = 0.5, 0.04, 0.45
"""Tiles slide together into what they make."""

ADD, ADD_GAP, ADD_TIME, ADDED = 0.45, 0.08, 1.4, 0.55
"""Tiles are added up one after the other; however many, in `ADD_TIME`."""

ADD_ROW = 0.36
"""From row to row when whole rows are added up."""

CLOSE, CLOSED = 0.45, 0.3
"""What is left closes up."""

FOUND = 1.0
"""The result rests."""

HOME, HOME_GAP = 0.7, 0.02
"""The result goes home."""
