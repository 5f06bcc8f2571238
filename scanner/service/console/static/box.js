// A box that is drawn on a photo before it is sent; without scripts, or by keyboard, its four sides are typed.
"use strict";

const SIDES = ["left", "top", "right", "bottom"];
const LEAST = 4; // pixels of the photo: a smaller box was a click

class BoxForm {
  constructor(form) {
    this.file = form.querySelector("input[type=file]");
    this.canvas = form.querySelector("[data-box-image]");
    this.says = form.querySelector("[data-box-says]");
    this.fields = SIDES.map((side) => form.elements.namedItem(side));
    this.photo = null;
    this.start = null;
    this.file.addEventListener("change", () => this.open());
    for (const field of this.fields) field.addEventListener("input", () => this.draw());
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.stretch(event));
    this.canvas.addEventListener("pointerup", () => this.end());
    this.canvas.addEventListener("pointercancel", () => this.end());
  }

  async open() {
    this.photo = null;
    for (const field of this.fields) field.value = "";
    const [file] = this.file.files;
    try {
      if (file) this.photo = await createImageBitmap(file);
      this.says.textContent = file ? `The photo has ${this.photo.width} × ${this.photo.height} pixels. Drag from one corner of the mark to the opposite one, or type the four sides.` : "";
    } catch {
      this.says.textContent = "This browser cannot show this file. Type the four sides.";
    }
    this.canvas.hidden = !this.photo;
    if (!this.photo) return;
    this.canvas.width = this.photo.width;
    this.canvas.height = this.photo.height;
    this.draw();
  }

  at(event) {
    const place = this.canvas.getBoundingClientRect();
    const inside = (value, most) => Math.round(Math.max(0, Math.min(most, value)));
    return [
      inside(((event.clientX - place.left) / place.width) * this.canvas.width, this.canvas.width),
      inside(((event.clientY - place.top) / place.height) * this.canvas.height, this.canvas.height),
    ];
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.start = this.at(event);
  }

  stretch(event) {
    if (!this.start) return;
    const [x, y] = this.at(event);
    const sides = [Math.min(x, this.start[0]), Math.min(y, this.start[1]), Math.max(x, this.start[0]), Math.max(y, this.start[1])];
    this.fields.forEach((field, number) => { field.value = sides[number]; });
    this.draw();
  }

  end() {
    if (!this.start) return;
    this.start = null;
    const box = this.box;
    if (box && box[2] - box[0] >= LEAST && box[3] - box[1] >= LEAST) {
      this.says.textContent = `The box has ${box[2] - box[0]} × ${box[3] - box[1]} pixels.`;
    } else {
      for (const field of this.fields) field.value = "";
    }
    this.draw();
  }

  get box() {
    const sides = this.fields.map((field) => Number.parseInt(field.value, 10));
    return sides.every((side) => side >= 0) && sides[0] < sides[2] && sides[1] < sides[3] ? sides : null;
  }

  draw() {
    if (!this.photo) return;
    const pen = this.canvas.getContext("2d");
    pen.drawImage(this.photo, 0, 0);
    const box = this.box;
    if (!box) return;
    const [left, top, right, bottom] = box;
    const width = Math.max(2, this.canvas.width / 250);
    for (const [colour, wide] of [["#fff", 2 * width], ["#c2410c", width]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = wide;
      pen.strokeRect(left, top, right - left, bottom - top);
    }
  }
}

for (const form of document.querySelectorAll("form[data-box]")) new BoxForm(form);
