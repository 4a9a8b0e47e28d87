"""What a film shows when: scenes with all that follows from them, one after the other, and who draws them."""

from render.programme.production import Production, Stock
from render.programme.programme import Moment, Passage, Programme, Reel, passage_at

__all__ = ["Moment", "Passage", "Production", "Programme", "Reel", "Stock", "passage_at"]
