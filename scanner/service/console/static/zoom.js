// Zoom and pan of two images side by side, in step; without scripts they scroll at full size.
"use strict";

const MOST = 8; // times the image's own pixels
const SMALLEST = 0.5; // times the size that fits

class Pane {
  constructor(view) {
    this.view = view;
    this.image = view.querySelector("img");
    this.zoom = 1; // of the size that fits
    this.x = 0.5; // the point of the image at the middle of the view, 0..1
    this.y = 0.5;
  }

  get fit() {
    return Math.min(this.view.clientWidth / this.image.naturalWidth, this.view.clientHeight / this.image.naturalHeight) || 1;
  }

  get scale() { return this.fit * this.zoom; }

  draw() {
    const width = this.image.naturalWidth * this.scale;
    const height = this.image.naturalHeight * this.scale;
    const style = this.image.style;
    style.setProperty("width", `${width}px`);
    style.setProperty("height", `${height}px`);
    style.setProperty("transform", `translate(${this.view.clientWidth / 2 - this.x * width}px, ${this.view.clientHeight / 2 - this.y * height}px)`);
  }

  place(zoom, x, y) {
    const least = Math.min(1, MOST / this.fit) * SMALLEST;
    this.zoom = Math.max(least, Math.min(Math.max(1, MOST / this.fit), zoom));
    this.x = Math.max(0, Math.min(1, x));
    this.y = Math.max(0, Math.min(1, y));
    this.draw();
  }
}

class Zoomer {
  constructor(root) {
    this.root = root;
    this.panes = [...root.querySelectorAll(".view")].map((view) => new Pane(view));
    this.step = root.querySelector("[data-zoom-step]");
    this.scale = root.querySelector("[data-zoom-scale]");
    this.last = this.panes[0];
    this.fingers = new Map();
    root.classList.add("live");
    root.querySelector("[data-zoom-tools]").hidden = false;
    for (const pane of this.panes) this.listen(pane);
    for (const button of root.querySelectorAll("[data-zoom-by]")) button.addEventListener("click", () => this.by(this.last, Number(button.dataset.zoomBy)));
    root.querySelector("[data-zoom-fit]").addEventListener("click", () => this.fit());
    root.querySelector("[data-zoom-whole]").addEventListener("click", () => this.whole());
    const outlines = root.querySelector("[data-zoom-outlines]");
    outlines?.addEventListener("change", () => {
      for (const { image } of this.panes) image.src = outlines.checked ? image.dataset.outlined : image.dataset.plain;
    });
    root.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  draw() {
    for (const pane of this.panes) pane.draw();
    if (this.last) this.scale.textContent = `${Math.round(this.last.scale * 100)} %`;
  }

  // What moves one image moves the other alike: the same share of it is in the middle, as many times the size that fits.
  move(pane, zoom, x, y) {
    this.last = pane;
    for (const each of this.step && !this.step.checked ? [pane] : this.panes) each.place(zoom, x, y);
    this.scale.textContent = `${Math.round(pane.scale * 100)} %`;
  }

  by(pane, factor, at = null) {
    const box = pane.view.getBoundingClientRect();
    const away = at ? [at.x - box.left - box.width / 2, at.y - box.top - box.height / 2] : [0, 0];
    const before = [pane.image.naturalWidth * pane.scale, pane.image.naturalHeight * pane.scale];
    const [x, y] = [pane.x + away[0] / before[0], pane.y + away[1] / before[1]];
    const zoom = pane.zoom * factor;
    const least = Math.min(1, MOST / pane.fit) * SMALLEST;
    const kept = Math.max(least, Math.min(Math.max(1, MOST / pane.fit), zoom)) / pane.zoom;
    this.move(pane, zoom, x - away[0] / (before[0] * kept), y - away[1] / (before[1] * kept));
  }

  pan(pane, dx, dy) {
    this.move(pane, pane.zoom, pane.x - dx / (pane.image.naturalWidth * pane.scale), pane.y - dy / (pane.image.naturalHeight * pane.scale));
  }

  fit() { this.move(this.last, 1, 0.5, 0.5); }

  whole() { this.move(this.last, 1 / this.last.fit, this.last.x, this.last.y); }

  listen(pane) {
    const { view, image } = pane;
    image.addEventListener("load", () => this.draw());
    view.addEventListener("focus", () => { this.last = pane; });
    view.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.by(pane, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), { x: event.clientX, y: event.clientY });
    }, { passive: false });
    view.addEventListener("dblclick", (event) => this.by(pane, 2, { x: event.clientX, y: event.clientY }));
    view.addEventListener("pointerdown", (event) => {
      view.setPointerCapture(event.pointerId);
      if (this.last !== pane) this.fingers.clear();
      this.last = pane;
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    view.addEventListener("pointermove", (event) => {
      const before = this.fingers.get(event.pointerId);
      if (!before || this.last !== pane) return;
      const now = { x: event.clientX, y: event.clientY };
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
        this.by(pane, apart(now) / apart(before), middle);
        this.pan(pane, (now.x - before.x) / 2, (now.y - before.y) / 2);
      } else {
        this.pan(pane, now.x - before.x, now.y - before.y);
      }
      this.fingers.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.last) return;
    const pane = this.last;
    const far = 60;
    const does = {
      "+": () => this.by(pane, 1.25), "=": () => this.by(pane, 1.25), "-": () => this.by(pane, 0.8),
      "0": () => this.fit(), "1": () => this.whole(),
      ArrowLeft: () => this.pan(pane, far, 0), ArrowRight: () => this.pan(pane, -far, 0),
      ArrowUp: () => this.pan(pane, 0, far), ArrowDown: () => this.pan(pane, 0, -far),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation(); // the same keys mean something else on the page behind
    does();
  }
}

const root = document.querySelector("[data-zoomer]:has(.view)");
if (root && !root.matches("dialog")) {
  const zoomer = new Zoomer(root);
  root.querySelector(".view").focus({ preventScroll: true });
  zoomer.draw();
}
if (root && root.matches("dialog")) {
  let zoomer = null;
  for (const link of document.querySelectorAll("[data-zoom]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the page, in a tab of its own
      event.preventDefault();
      root.showModal();
      zoomer ??= new Zoomer(root);
      root.querySelector(".view").focus({ preventScroll: true });
      zoomer.draw();
    });
  }
  root.querySelector("[data-zoom-close]").addEventListener("click", () => root.close());
}
