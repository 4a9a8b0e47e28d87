"""The page in a real browser, opened from its file: what it shows, and how it is used by keys, mouse and on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from render.report.page import write_report

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def index(before: Path, after: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(before, after, tmp_path_factory.mktemp("report"), ("last week", "this week"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        reason = "there is no Chromium: apt-get install chromium"
        pytest.fail(reason) if "CI" in os.environ else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, index: Path) -> Iterator[Open]:
    """Opens the page with settings of a window; afterwards nothing has been asked of a network, nor gone wrong."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    wrong: list[str] = []

    def do(**settings: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(index.as_uri())
        return page

    yield do
    for context in contexts:
        context.close()
    inside = index.parent.as_uri()
    assert asked and [url for url in asked if not url.startswith((inside, "data:"))] == []
    assert wrong == []


def change(page: Page, name: str) -> Locator:
    return page.locator("article").filter(has=page.get_by_role("heading", name=name, exact=True))


def at(element: Locator) -> str:
    return str(element.evaluate("element => getComputedStyle(element).getPropertyValue('--at')"))


def test_it_shows_what_changed_and_nothing_else(opened: Open) -> None:
    page = opened()
    expect(page).to_have_title("8 of 12 beats changed")
    expect(page.get_by_role("heading", level=1)).to_have_text("8 of 12 beats changed")
    names = page.locator("article h3").all_text_contents()
    assert names == ["gone", "new", "third", "said", "card", "view"], "not: first, only, plain, far"
    expect(page.locator(".versus")).to_have_text("last week→this week")
    assert "plain" not in page.locator("main").inner_text().split()
    films = page.locator(".film")
    expect(films).to_have_count(4)
    expect(films.nth(1)).to_contain_text("new film, 2 beats")
    expect(films.nth(2)).to_contain_text("no change to see")
    expect(change(page, "gone").locator(".tags")).to_have_text("removed")
    expect(change(page, "new").locator(".tags")).to_have_text("added")


def test_words_and_numbers_are_those_that_changed(opened: Open) -> None:
    page = opened()
    words = change(page, "said").locator(".words p")
    assert words.locator("del").all_text_contents() == ["zero."]
    assert words.locator("ins").all_text_contents() == ["it is", "nought & “<b>”."], "what people write is no markup"
    assert " ".join(words.inner_text().split()) == ("The larger the dot the farther it is from zero. nought & “<b>”.")
    expect(change(page, "said").locator(".numbers")).to_have_count(0)
    rows = change(page, "card").locator("tbody tr")
    assert {row.locator("th").inner_text(): row.locator("td").all_text_contents() for row in rows.all()} == {
        "embed[t=3, c=5]": ["–", card(5)],
        "embed[t=3, c=7]": [card(7), "–"],
    }
    expect(change(page, "card").locator(".words")).to_have_count(0)
    expect(change(page, "view").locator(".words, .numbers")).to_have_count(0)


def card(channel: int) -> str:
    """The sum of two weights, as the film writes it."""
    from render.model import format_value, load_model

    weights = load_model("nano-sort").weights
    one, other = float(weights["wte.weight"][1, channel]), float(weights["wpe.weight"][3, channel])
    return f"{format_value(one + other)} = {format_value(one)} + {bracketed(format_value(other))}"


def bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def test_every_picture_is_there(opened: Open, index: Path) -> None:
    page = opened()
    page.locator("article").last.scroll_into_view_if_needed()
    for image in page.locator("img").all():
        image.evaluate("image => { image.loading = 'eager'; return image.decode(); }")
        assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [320, 180]
        assert image.get_attribute("alt")
    used = {image.get_attribute("src") for image in page.locator("img").all()}
    assert used == {f"pictures/{path.name}" for path in (index.parent / "pictures").iterdir()}


def test_the_slider_goes_by_keys(opened: Open) -> None:
    page = opened()
    own = change(page, "view")
    slider, stage = own.get_by_role("slider"), own.locator(".stage")
    slider.focus()
    assert at(stage) == "50%"
    page.keyboard.press("ArrowRight")
    assert at(stage) == "51%" and slider.get_attribute("aria-valuetext", timeout=1000) is not None
    page.keyboard.press("Home")
    assert at(stage) == "0%"
    after_alone = stage.screenshot()
    page.keyboard.press("End")
    assert at(stage) == "100%" and stage.screenshot() != after_alone, "it shows the other picture"
    edges = own.locator("figure.before").evaluate("element => getComputedStyle(element).clipPath")
    assert edges in ("inset(0px)", "inset(0px 0% 0px 0px)", "inset(0px calc(0%) 0px 0px)"), edges


def test_the_slider_goes_by_mouse(opened: Open) -> None:
    page = opened()
    stage = change(page, "view").locator(".stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] / 4, y)
    page.mouse.down()
    assert at(stage) == "25%"
    page.mouse.move(box["x"] + 0.8 * box["width"], y, steps=4)
    assert at(stage) == "80%"
    page.mouse.up()
    page.mouse.move(box["x"] + 0.1 * box["width"], y)
    assert at(stage) == "80%"
    expect(change(page, "view").get_by_role("slider")).to_have_value("80")


def test_there_are_three_views(opened: Open) -> None:
    page = opened()
    own = change(page, "said")
    parts = {name: own.locator(f"figure.{name}") for name in ("before", "after", "apart")}

    def seen() -> set[str]:
        return {name for name, part in parts.items() if part.is_visible()}

    assert seen() == {"before", "after"}
    own.get_by_role("radio", name="Difference").click()
    assert seen() == {"apart"} and not own.get_by_role("slider").is_visible()
    page.keyboard.press("ArrowLeft")
    expect(own.get_by_role("radio", name="Side by side")).to_be_checked()
    assert seen() == {"before", "after"}
    boxes = [parts[name].bounding_box() for name in ("before", "after")]
    assert boxes[0] and boxes[1] and boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    expect(change(page, "view").get_by_role("radio", name="Slider")).to_be_checked(), "each has its own"


def test_keys_go_from_change_to_change(opened: Open) -> None:
    page = opened()
    names = page.locator("article h3").all_text_contents()
    focused = "document.activeElement.querySelector('h3')?.textContent"
    for count, name in enumerate(names, start=1):
        page.keyboard.press("n")
        assert page.evaluate(focused) == name
        expect(page.locator("#at")).to_have_text(str(count))
    page.keyboard.press("n")
    assert page.evaluate(focused) == names[-1], "the last one stays"
    page.keyboard.press("p")
    assert page.evaluate(focused) == names[-2]
    own = change(page, names[-2])
    for view in ("Side by side", "Difference", "Slider"):
        page.keyboard.press("v")
        expect(own.get_by_role("radio", name=view)).to_be_checked()
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("#at")).to_have_text(str(len(names) - 2))
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("n")
    expect(page.locator("#at")).to_have_text(str(len(names) - 2)), "keys can be switched off"


def test_keys_pressed_quickly_are_all_counted(opened: Open) -> None:
    page = opened()
    for _ in range(4):
        page.keyboard.press("n")
    page.wait_for_timeout(500)
    expect(page.locator("#at")).to_have_text("4")


def test_all_that_can_be_used_is_reached_by_tab_and_seen(opened: Open) -> None:
    """Whatever has the focus has an outline, itself or around it; and everything has it once."""
    page = opened()
    reached: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
                const own = document.activeElement;
                if (own === document.body) return null;
                const ringed = (element) => element && getComputedStyle(element).outlineStyle !== "none"
                    && parseFloat(getComputedStyle(element).outlineWidth) >= 2;
                const around = [own, own.nextElementSibling, own.closest(".stage")];
                return [own.outerHTML.slice(0, 90), around.some(ringed)];
            }"""
        )
        if found is None:
            break
        reached.append(found[0])
        assert found[1], f"no outline: {found[0]}"
    # At the end of the page there is nothing next.
    parts = ["skip", 'name="theme"', "#film-1", "#beat-2", 'class="scroll"', "<summary", 'id="previous"', 'id="keys"']
    for part in parts:
        assert any(part in own for own in reached), part
    assert sum('name="view' in own for own in reached) == page.locator("[data-compare]").count()
    assert sum('class="slider"' in own for own in reached) == page.locator(".slider").count()


def ground(page: Page) -> float:
    """How light the page is, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) / 3


def test_it_is_light_or_dark_as_the_system_is_unless_somebody_chooses(opened: Open) -> None:
    light, dark = opened(color_scheme="light"), opened(color_scheme="dark")
    assert ground(light) > 200 and ground(dark) < 60
    dark.get_by_role("radio", name="Light").click()
    light.get_by_role("radio", name="Dark").click()
    assert ground(dark) > 200 and ground(light) < 60
    light.emulate_media(media="print")
    assert ground(light) > 200, "on paper it is light"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(opened: Open, width: int) -> None:
    page = opened(viewport={"width": width, "height": 844}, has_touch=width < 500)
    for view in ("slide", "both", "difference"):
        page.evaluate("view => document.querySelectorAll('[data-compare]').forEach((own) => own.show(view))", view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 500:
        own = change(page, "view")
        own.get_by_role("radio", name="Side by side").click()
        boxes = [own.locator(f"figure.{name}").bounding_box() for name in ("before", "after")]
        assert boxes[0] and boxes[1] and boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"], "one above the other"


def test_without_scripts_before_and_after_stand_side_by_side(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    own = change(page, "view")
    assert own.locator("figure.before").is_visible() and own.locator("figure.after").is_visible()
    assert not own.get_by_role("slider").is_visible() and not page.locator("#bar").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(opened: Open, scheme: str) -> None:
    """Rules of WCAG 2.2 and best practices, contrast among them, in every view."""
    page = opened(color_scheme=scheme)
    page.locator("summary").first.click()
    for view in ("slide", "both", "difference"):
        page.evaluate("view => document.querySelectorAll('[data-compare]').forEach((own) => own.show(view))", view)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_page_without_changes_says_so(browser: Browser, before: Path, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(write_report(before, before, tmp_path, ("one", "one")).as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("No beat changed")
    expect(page.locator("article")).to_have_count(0)
    expect(page.locator("#bar")).to_have_count(0)
    assert Axe().run(page).violations_count == 0
    page.close()
