// Selections: `/` goes to the search, all rows are ticked at once, and nothing is decided before its image was on screen.
"use strict";

const search = document.querySelector("[data-search]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!search || event.target.closest("input, select, textarea, dialog")) return;
  event.preventDefault();
  search.focus();
});

const boxes = [...document.querySelectorAll("input[type=checkbox][name=case]")];
const all = document.querySelector("[data-select-all]");
const show = document.querySelector("[data-selected]");
if (all && boxes.length) {
  all.hidden = false;
  const whole = all.querySelector("input");
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    whole.checked = ticked === boxes.length;
    whole.indeterminate = ticked > 0 && ticked < boxes.length;
    show.textContent = ticked ? `Show ${ticked} selected ${ticked === 1 ? "case" : "cases"}` : "Show selected cases";
  };
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  count();
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
  for (const [image, box] of tiles) {
    watcher.observe(image);
    image.addEventListener("load", tell);
    image.addEventListener("error", tell);
  }
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}
