"""Brackets, section titles, signs and narration beside things on the time line."""

from __future__ import annotations

import pytest
from films import timeline

from render.model import Region
from render.timeline import Bracket, Section, Sign
from render.timeline.timeline import CAPTION_FADE, Timeline

EMBED = Region("embed", ((0, 6), (0, 48)))
WORDS = "The first sentence is quite long, so that it fills a page of its own for those who read it. "


def test_brackets_leave_with_their_beat_unless_they_are_kept() -> None:
    film = timeline(
        """
        - id: a
          do:
            - bracket: [embed, "h.0.attn.q[h=1]"]
              sides: [t]
            - bracket: wte
              sides: [v]
              text: "{model.params:,} in all"
              keep: true
        - id: b
        """
    )
    marks = film.state_of(0, film.shots[0].telling).marks
    assert marks == (
        Bracket(EMBED, ("t",)),
        Bracket(Region("h.0.attn.q", ((1, 2), (0, 6), (0, 16))), ("t",)),
        Bracket(Region("wte.weight", ((0, 3), (0, 48))), ("v",), "85,584 in all"),
    )
    assert film.state(0.2).marks[0].alpha == pytest.approx(0.5)
    assert film.state(film.starts[1] - 0.1).marks[0].alpha < 0.5
    assert [mark for mark in film.state(film.starts[1]).marks if isinstance(mark, Bracket)] == [marks[2]]


def test_a_bracket_takes_in_the_places_of_tokens_yet_to_come() -> None:
    film = timeline("- id: a\n  do: [{bracket: embed}, {feed_back: {}}]\n")
    (bracket,) = film.state(1.0).marks
    assert isinstance(bracket, Bracket) and bracket.region.ranges == ((0, 7), (0, 48))
    part = timeline("- id: a\n  do: [{bracket: 'embed[t=0:6]'}, {bracket: 'embed[t=1:3]'}]\n")
    (_, own) = part.state_of(0, part.shots[0].telling).marks
    assert isinstance(own, Bracket) and own.region.ranges[0] == (1, 3)


def test_section_titles_and_signs() -> None:
    film = timeline(
        """
        - id: a
          do:
            - section: "The *{tokens.count}* letters"
              above: [tokens, h.0.attn]
              with:
                - sign: +
                  between: [wte, "embed[t=2]"]
                  keep: true
        - id: b
        """
    )
    section, sign = film.state_of(0, film.shots[0].telling).marks
    assert isinstance(section, Section) and section.title == "The *6* letters" and section.alpha == 1
    tensors = [region.tensor for region in section.regions]
    assert tensors == ["tokens", *film.run.steps[0].graph.module("h.0.attn")]
    wte, cells = Region("wte.weight", ((0, 3), (0, 48))), Region("embed", ((2, 3), (0, 48)))
    assert sign == Sign("+", ((wte,), (cells,)))
    assert film.state(film.starts[1]).marks == (sign,)


# --- narration beside things --------------------------------------------------------------------------------------


def spoken(camera: str = "", do: str = "") -> Timeline:
    beats = f"- id: z\n  camera: model\n- id: a\n  say: {WORDS * 2}\n  beside: embed\n"
    return timeline(beats + (f"  camera: {camera}\n" if camera else "") + (f"  do: {do}\n" if do else ""))


def moments(film: Timeline) -> list[float]:
    return [film.starts[-2] + k * film.shots[-1].duration / 200 for k in range(200)]


def test_narration_beside_a_thing_is_placed_for_where_the_camera_arrives() -> None:
    film = spoken(camera="{frame: embed, over: 2s}", do="[{highlight: 'wte[v=1]', at: 3s}]")
    shot = film.shots[-1]
    assert len(shot.pages) == 2
    besides = [caption.beside for t in moments(film) if (caption := film.state(t).caption) is not None]
    assert len(besides) == 200
    places = {(beside.regions, beside.pose, beside.pages, beside.free) for beside in besides if beside is not None}
    ((regions, pose, pages, free),) = places
    assert regions == (EMBED,) and pages == tuple(page.text for page in shot.pages)
    assert pose == film.state(film.duration - 0.01).pose != film.state(film.starts[-2] + 1).pose
    assert free == (Region("wte.weight", ((1, 2), (0, 48))),)


def test_its_plate_stands_while_the_pages_change() -> None:
    film = spoken()
    start = film.starts[-2]
    change = start + film.shots[-1].pages[0].end
    for t in (change - 0.01, change, change + 0.01):
        caption = film.state(t).caption
        assert caption is not None and caption.alpha < 0.05
        assert caption.beside is not None and caption.beside.alpha == 1
    first, last = film.state(start).caption, film.state(film.duration - 1e-6).caption
    for caption in (first, last):
        assert caption is not None and caption.beside is not None and caption.beside.alpha == pytest.approx(0, abs=1e-4)
    coming = film.state(start + CAPTION_FADE / 2).caption
    assert coming is not None and coming.beside is not None and coming.beside.alpha == pytest.approx(0.5)


def test_pages_after_a_camera_move_have_a_place_of_their_own() -> None:
    film = spoken(camera="embed", do="[{wait: 7s}, {camera: {frame: wte, over: 1s}}, {wait: 6s}]")
    one, two = (page.beside for page in film.shots[-1].pages)
    assert one is not None and two is not None
    assert one.pose != two.pose == film.state(film.duration - 0.01).pose
    assert [len(one.pages), len(two.pages)] == [1, 1]


def test_without_beside_narration_stands_at_the_foot() -> None:
    caption = timeline("- id: a\n  say: Words.\n").state(0.5).caption
    assert caption is not None and caption.beside is None
