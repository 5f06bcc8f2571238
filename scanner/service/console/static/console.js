// Keyboard shortcuts, the overlay slider, filters that apply at once. Every page also works without scripts.
"use strict";

const typing = (target) => target.closest("input:not([type=range]):not([type=checkbox]), select, textarea, dialog") !== null;
const dialog = document.querySelector("[data-keys]");
const slider = document.querySelector("[data-overlay] input[type=range]");
const over = document.querySelector("[data-overlay] .over");

function fade() {
  over.style.setProperty("opacity", String(slider.value / 100));
}

if (slider && over) {
  slider.addEventListener("input", fade);
  fade();
}

// A decision needs a press of its own on a case that has been seen: its images are drawn, and no key is held down.
const QUIET = 400; // milliseconds after the images are drawn, and between two presses of one key; a held key repeats about every 30
const deciding = document.querySelectorAll("form[data-decides]");
const pressed = new Map(); // key → when it was last pressed
let seen = deciding.length ? Infinity : -Infinity; // when the images were drawn

function drawn(image) {
  return image.complete || new Promise((resolve) => ["load", "error"].forEach((kind) => image.addEventListener(kind, resolve)));
}

function isTooSoon(key) {
  const now = performance.now(), before = pressed.get(key) ?? -Infinity;
  pressed.set(key, now);
  return now - Math.max(seen, before) < QUIET;
}

deciding.forEach((form) => form.setAttribute("aria-busy", "true"));
Promise.all([...document.querySelectorAll("[data-evidence] img")].map(drawn)).then(() => {
  if (deciding.length) seen = performance.now();
  setTimeout(() => deciding.forEach((form) => form.removeAttribute("aria-busy")), QUIET);
});
for (const form of deciding) {
  form.addEventListener("submit", (event) => {
    // Also a click: the second half of a double click lands on the page that follows.
    if (performance.now() - seen >= QUIET) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.closest("textarea, select")) {
    event.target.blur();
    return;
  }
  if (typing(event.target)) return;
  if (event.key === "?" && dialog) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (slider && (event.key === "ArrowLeft" || event.key === "ArrowRight") && event.target !== slider) {
    event.preventDefault();
    slider.value = String(Number(slider.value) + (event.key === "ArrowRight" ? 10 : -10));
    fade();
    return;
  }
  const wanted = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key && !each.disabled);
  if (!wanted) return;
  event.preventDefault();
  const decides = wanted.matches("button") && wanted.form?.hasAttribute("data-decides");
  if (event.repeat || (isTooSoon(event.key) && decides)) return;
  if (wanted.matches("textarea, select")) wanted.focus();
  else wanted.click();
});

for (const form of document.querySelectorAll("[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
  });
}

for (const drop of document.querySelectorAll("[data-drop]")) {
  const field = drop.querySelector("input[type=file]");
  for (const kind of ["dragover", "dragenter"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
