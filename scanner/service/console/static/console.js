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

// A decision needs a press of its own on a case that has been seen: its images are drawn and were on screen, no key is held down.
const QUIET = 400; // milliseconds after the images were seen, and between two presses of one key; a held key repeats about every 30
const deciding = [...document.querySelectorAll("form[data-decides]")];
const decisions = [...document.querySelectorAll("button[name=decision]")].filter((button) => deciding.includes(button.form));
const evidence = deciding.length ? [...document.querySelectorAll("[data-evidence] img")] : [];
const unseen = new Set(evidence);
const pressed = new Map(); // key → when it was last pressed
let seen = deciding.length ? Infinity : -Infinity; // when the images had been seen
let watcher = null; // of what is on screen, once all images are drawn and have their size

const isDrawn = (image) => image.complete && image.naturalWidth > 0;
const isBroken = (image) => image.complete && image.naturalWidth === 0;

function isTooSoon(key, since) {
  const now = performance.now(), before = pressed.get(key) ?? -Infinity;
  pressed.set(key, now);
  return now - Math.max(since, before) < QUIET;
}

function isSeen({ target, intersectionRatio, intersectionRect, rootBounds }) {
  return isDrawn(target) && (intersectionRatio >= 0.5 || intersectionRect.height >= rootBounds.height / 2);
}

function say(text, again = null) {
  for (const line of document.querySelectorAll("[data-waiting]")) {
    if (line.dataset.waiting === text) continue;
    line.dataset.waiting = text;
    line.replaceChildren(text);
    if (!again) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: "Load again" });
    button.addEventListener("click", again);
    line.append(" ", button);
  }
}

function loadAgain(images) {
  for (const image of images) image.src = image.getAttribute("src");
}

function unlockWhenSeen() {
  const broken = evidence.filter(isBroken);
  if (broken.length) {
    say("An image could not be shown, so this case cannot be decided yet. If loading it again does not help, tell whoever runs the service.", () => { loadAgain(broken); unlockWhenSeen(); });
  } else if (!evidence.every(isDrawn)) {
    say("The images are being drawn…");
  } else if (!watcher && evidence.length) {
    const covered = document.querySelector(".bar")?.offsetHeight ?? 0;
    watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) if (isSeen(entry)) unseen.delete(entry.target);
      unlockWhenSeen();
    }, { threshold: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1], rootMargin: `0px 0px -${covered}px 0px` });
    evidence.forEach((image) => watcher.observe(image));
  } else if (unseen.size) {
    const [first] = unseen;
    say(`Scroll to the ${first.closest("figure")?.querySelector("figcaption b")?.textContent.toLowerCase() ?? "images"} first.`);
  } else if (seen === Infinity) {
    seen = performance.now();
    watcher?.disconnect();
    setTimeout(() => {
      say("");
      decisions.forEach((button) => button.removeAttribute("aria-disabled"));
      deciding.forEach((form) => form.removeAttribute("aria-busy"));
      document.dispatchEvent(new Event("evidence-seen"));
    }, QUIET);
  }
}

for (const form of deciding) {
  form.setAttribute("aria-busy", "true");
  form.addEventListener("submit", (event) => {
    // Also a click: the second half of a double click lands on the page that follows. Releasing decides nothing.
    if (performance.now() - (event.submitter?.name === "decision" ? seen : 0) >= QUIET) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  // However late it is delivered, the browser knows the second half of a double click by its count.
  form.addEventListener("click", (event) => { if (event.detail > 1 && event.target.closest("button[type=submit], button:not([type])")) event.preventDefault(); });
}
decisions.forEach((button) => button.setAttribute("aria-disabled", "true"));
for (const image of evidence) for (const kind of ["load", "error"]) image.addEventListener(kind, unlockWhenSeen);
if (deciding.length) unlockWhenSeen();

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
  if (!wanted) {
    pressed.set(event.key, performance.now()); // held on a button that is given back meanwhile
    return;
  }
  event.preventDefault();
  const decides = wanted.matches("button") && wanted.form?.hasAttribute("data-decides");
  if (event.repeat || (isTooSoon(event.key, decisions.includes(wanted) ? seen : 0) && decides)) return;
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
