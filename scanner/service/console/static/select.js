// Selections: `/` goes to the search, all rows are ticked at once, and nothing is decided before its image was on screen.
"use strict";

const search = document.querySelector("[data-search]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!search || event.target.closest("input, select, textarea, dialog")) return;
  event.preventDefault();
  search.focus();
});

// Ticks of other pages of the queue with the same filters are kept until their cases are decided or the tab is closed.
const KEPT = "markscan-ticked:";
const filters = new URLSearchParams(location.search);
filters.delete("page");
filters.sort();

function read(key) {
  try { return new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]")); } catch { return new Set(); }
}

function write(key, ids) {
  try {
    if (ids.size) sessionStorage.setItem(key, JSON.stringify([...ids]));
    else sessionStorage.removeItem(key);
  } catch { /* without storage a selection is of one page */ }
}

const boxes = [...document.querySelectorAll("input[type=checkbox][name=case]")];
const all = document.querySelector("[data-select-all]");
const show = document.querySelector("[data-selected]");
if (all && boxes.length) {
  all.hidden = false;
  const whole = all.querySelector("input");
  const key = KEPT + filters;
  const form = show.form;
  const untick = document.querySelector("[data-untick]");
  const here = new Set(boxes.map((box) => box.value));
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    const elsewhere = [...read(key)].filter((id) => !here.has(id));
    write(key, new Set([...elsewhere, ...boxes.filter((box) => box.checked).map((box) => box.value)]));
    for (const field of form.querySelectorAll("[data-elsewhere]")) field.remove();
    for (const id of elsewhere) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "case", value: id });
      field.dataset.elsewhere = "";
      form.append(field);
    }
    whole.checked = ticked === boxes.length;
    whole.indeterminate = ticked > 0 && ticked < boxes.length;
    const number = ticked + elsewhere.length;
    const others = elsewhere.length ? ` (${elsewhere.length} on other pages)` : "";
    show.textContent = number ? `Show ${number} selected ${number === 1 ? "case" : "cases"}${others}` : "Show selected cases";
    untick.hidden = number === 0;
  };
  const restore = () => {
    const kept = read(key);
    for (const box of boxes) box.checked = kept.has(box.value);
    count();
  };
  untick.addEventListener("click", () => {
    write(key, new Set());
    restore();
  });
  addEventListener("pageshow", restore); // a browser that goes back ticks boxes by itself, without telling
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  restore();
}

for (const form of document.querySelectorAll("form[data-seen]")) {
  const note = form.querySelector("[data-unseen]");
  const buttons = form.querySelectorAll("[data-waits]");
  const tiles = new Map([...form.querySelectorAll(".tile img")].map((image) => [image, image.closest(".tile").querySelector("input")]));
  const visible = new Set();
  const unseen = new Set(tiles.keys());
  const again = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: "Load the images again", hidden: true });
  again.addEventListener("click", () => loadAgain([...unseen].filter(isBroken)));
  note.after(again);
  const tell = () => {
    for (const image of visible) if (isDrawn(image)) unseen.delete(image);
    const ticked = [...unseen].filter((image) => tiles.get(image).checked);
    const broken = ticked.filter(isBroken);
    const left = new Set(ticked.map((image) => tiles.get(image))).size;
    const none = !boxes.some((box) => box.checked);
    for (const button of buttons) button.disabled = left > 0 || none;
    if (again.hidden === broken.length > 0) again.hidden = !again.hidden;
    note.textContent = broken.length ? `${broken.length} of the images could not be shown: load them again, or untick their cases.` : left ? `Scroll through the images first: those of ${left} ticked ${left === 1 ? "case" : "cases"} were not all on screen yet.` : "";
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) visible.add(entry.target);
      else visible.delete(entry.target);
    }
    tell();
  }, { threshold: 0.5 });
  for (const image of tiles.keys()) {
    watcher.observe(image);
    image.addEventListener("load", tell);
    image.addEventListener("error", tell);
  }
  for (const box of boxes) box.addEventListener("change", tell);
  form.addEventListener("submit", () => {
    const decided = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let keys = [];
    try { keys = Object.keys(sessionStorage); } catch { /* nothing is kept */ }
    for (const key of keys.filter((each) => each.startsWith(KEPT))) write(key, new Set([...read(key)].filter((id) => !decided.has(id))));
  });
  tell();
}
