"""A model with many blocks and a vocabulary of thousands of words, and one without weights; their pictures."""

from __future__ import annotations

from functools import cache

from render.layout import Layout, Orientation, arrange
from render.model import GPT2Config, Model, Run
from render.overlay.compositor import Overlay
from render.overlay.item import Item
from render.theme import THEMES
from render.timeline import State, frame_points

WIDE, TALL = (1920, 1080), (1080, 1920)
WORDS = ["the", "capital", "of", "France", "is", "Paris", "and", "it", "lies", "on", "a", "river"]


class Words:
    """Words with the space before them, the known ones first."""

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(WORDS.index(word) for word in text.split())

    def decode(self, ids: object) -> str:
        return "".join(self.text(token) for token in ids)  # type: ignore[attr-defined]

    def text(self, token: int) -> str:
        return f" {WORDS[token]}" if token < len(WORDS) else f" w{token}"


@cache
def run(n_layer: int = 12, vocab_size: int = 6000) -> Run:
    config = GPT2Config(n_layer=n_layer, n_head=4, n_embd=32, vocab_size=vocab_size, block_size=16)
    model = Model("large", config, config.initial_weights(3), Words())
    return model.run(model.encode("the capital of France is"), n_steps=2)


@cache
def blank() -> Run:
    return Model.blank("shape", GPT2Config(n_layer=8, n_head=4, n_embd=32, vocab_size=6000, block_size=16)).outline(6)


@cache
def layout(own: Run, orientation: Orientation = "wide") -> Layout:
    words = () if own.model.is_blank else own.tokens
    return arrange(own.graph, orientation, words)


def state(own: Run, size: tuple[int, int], *boxes: str, zoom: float = 1.0) -> State:
    """All computed, and a view of some boxes, or of all."""
    place = layout(own, "wide" if size[0] > size[1] else "tall")
    bounds = [place.boxes[id].bounds.corners for id in boxes] or [place.bounds.corners]
    pose = frame_points([corner for each in bounds for corner in each], size[0] / size[1], -10.0, 12.0, zoom)
    return State(pose, filled=dict.fromkeys(place.boxes, 1.0))


@cache
def overlay(own: Run, size: tuple[int, int], *, transparent: bool = False) -> Overlay:
    place = layout(own, "wide" if size[0] > size[1] else "tall")
    return Overlay(place, own, THEMES["light"], size, transparent=transparent)


def labels(own: Run, size: tuple[int, int], shown: State) -> list[Item]:
    return [item for item in overlay(own, size).place(shown) if item.name == "label" and item.alpha > 0.5]
