"use strict";
// Before and after stand side by side until this runs; from here on they slide.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const VIEWS = ["slide", "both", "difference"];

for (const compare of all("[data-compare]")) {
  const stage = compare.querySelector(".stage");
  const slider = compare.querySelector(".slider");
  const radios = all(".views input", compare);

  const place = (percent) => {
    slider.value = percent;
    stage.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `before up to ${slider.value} percent of the width, after beyond it`);
  };
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    place((100 * (event.clientX - box.left)) / box.width);
  };
  compare.show = (view) => {
    compare.dataset.view = view;
    slider.hidden = view !== "slide";
    for (const radio of radios) radio.checked = radio.value === view;
  };

  for (const radio of radios) radio.addEventListener("change", () => compare.show(radio.value));
  slider.addEventListener("input", () => place(slider.value));
  stage.addEventListener("pointerdown", (event) => {
    if (compare.dataset.view !== "slide" || event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    follow(event);
    slider.focus({ preventScroll: true });
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) follow(event);
  });

  compare.querySelector(".views").hidden = false;
  place(50);
  compare.show("slide");
}

// On paper nothing slides.
const shown = new Map();
addEventListener("beforeprint", () => {
  for (const compare of all("[data-compare]")) {
    shown.set(compare, compare.dataset.view);
    compare.show("both");
  }
});
addEventListener("afterprint", () => shown.forEach((view, compare) => compare.show(view)));

// --- light and dark

const themes = document.getElementById("themes");
const wear = (theme) => {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};
for (const radio of all("input", themes)) {
  radio.addEventListener("change", () => wear(radio.value));
  if (radio.checked) wear(radio.value); // browsers keep what was chosen when a page is loaded again
}
themes.hidden = false;

// --- from change to change

const changes = all("article.change");
const bar = document.getElementById("bar");
if (bar) {
  const at = document.getElementById("at");
  const buttons = { previous: document.getElementById("previous"), next: document.getElementById("next") };
  const keys = document.getElementById("keys");
  let current = -1;

  const tell = (index) => {
    current = index;
    at.textContent = index < 0 ? "–" : index + 1;
    buttons.previous.disabled = index <= 0;
    buttons.next.disabled = index >= changes.length - 1;
  };
  const go = (index) => {
    if (index < 0 || index >= changes.length) return;
    changes[index].scrollIntoView({ block: "start" }); // first, since whoever hears of the focus looks what is in sight
    changes[index].focus({ preventScroll: true });
    tell(index);
  };
  // What is looked at is what has the focus, or else what the upper third of the window is in.
  const look = () => {
    const focused = changes.findIndex((change) => change.contains(document.activeElement));
    const box = focused >= 0 && changes[focused].getBoundingClientRect();
    if (box && box.bottom > 0 && box.top < innerHeight) return tell(focused);
    tell(changes.filter((change) => change.getBoundingClientRect().top < innerHeight / 3).length - 1);
  };

  buttons.previous.addEventListener("click", () => go(current - 1));
  buttons.next.addEventListener("click", () => go(current + 1));
  addEventListener("scroll", look, { passive: true });
  addEventListener("focusin", look);
  addEventListener("keydown", (event) => {
    if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { n: 1, j: 1, p: -1, k: -1 }[event.key];
    if (step) go(current + step);
    else if (event.key === "v" && changes[current]) {
      const compare = changes[current].querySelector("[data-compare]");
      if (compare) compare.show(VIEWS[(VIEWS.indexOf(compare.dataset.view) + 1) % VIEWS.length]);
    } else return;
    event.preventDefault();
  });
  look();
  bar.hidden = false;
}
