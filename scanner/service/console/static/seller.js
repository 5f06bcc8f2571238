"use strict";

// Keeps what a seller types until the appeal is recorded, in this tab alone: a form that is refused before it was read,
// or whose page is shown in another language, comes back empty.
(() => {
  const token = location.pathname.split("/")[2];
  const forms = [...document.querySelectorAll("form[data-typed]")];
  const key = (form) => `typed ${token} ${form.elements.form.value}`;
  const store = () => {
    try {
      return window.sessionStorage;
    } catch {
      return null; // the browser forbids it
    }
  };
  const kept = store();
  if (kept === null) return;
  if (!forms.length) {
    for (const name of Object.keys(kept)) if (name.startsWith(`typed ${token} `)) kept.removeItem(name);
    return;
  }
  for (const form of forms) {
    const texts = [...form.elements].filter((each) => each.matches("textarea, input[name]:not([type=hidden], [type=file], [type=checkbox])"));
    const before = JSON.parse(kept.getItem(key(form)) || "{}");
    for (const text of texts) if (!text.value && before[text.name]) text.value = before[text.name];
    if (Object.values(before).some(Boolean)) form.closest("details")?.setAttribute("open", "");
    form.addEventListener("input", () => kept.setItem(key(form), JSON.stringify(Object.fromEntries(texts.map((text) => [text.name, text.value])))));
  }
})();
