// What was typed on a case's page and not sent is kept in this tab, under the case, until it is sent.
"use strict";

const SENT = "markscan sent"; // the draft that the last form held
const holder = document.querySelector("[data-drafts]");
const draftOf = (form) => `markscan draft ${holder.dataset.drafts} ${form.dataset.draft}`;

// A form that was taken leads on to another page. One that was refused does not, nor one without a connection or a session.
const sent = sessionStorage.getItem(SENT);
if (sent) {
  const [arrival] = performance.getEntriesByType("navigation");
  const taken = arrival.type === "navigate" && arrival.redirectCount > 0 && !document.querySelector("input[type=password]");
  sessionStorage.removeItem(SENT);
  if (taken) sessionStorage.removeItem(sent);
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=hidden])"));
}

const isTick = (field) => field.type === "checkbox";
const empty = (field) => (isTick(field) ? false : "");
const held = (field) => (isTick(field) ? field.checked : field.value);

function hold(field, value) {
  if (isTick(field)) field.checked = value;
  else field.value = value;
}

function keep(form) {
  const kept = fieldsOf(form).filter((field) => held(field) !== empty(field)).map((field) => [field.name, held(field)]);
  if (kept.length) sessionStorage.setItem(draftOf(form), JSON.stringify(Object.fromEntries(kept)));
  else sessionStorage.removeItem(draftOf(form));
}

function restore(form) {
  const draft = JSON.parse(sessionStorage.getItem(draftOf(form)) ?? "{}");
  const changed = fieldsOf(form).filter((field) => field.name in draft && held(field) !== draft[field.name]);
  if (!changed.length) return;
  for (const field of changed) hold(field, draft[field.name]);
  const line = Object.assign(document.createElement("p"), { className: "soft small", textContent: "Restored: what you had typed here and not sent. " });
  const clear = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Clear it" });
  line.setAttribute("role", "status");
  line.append(clear);
  form.append(line);
  clear.addEventListener("click", () => {
    for (const field of fieldsOf(form)) hold(field, empty(field));
    keep(form);
    line.remove();
  });
}

const drafting = holder ? [...holder.querySelectorAll("form[data-draft]")] : [];
for (const form of drafting) {
  restore(form);
  keep(form); // what a refused form came back with
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => keep(form));
}

// Somebody else decided meanwhile: there is no form to put it back into.
const lost = holder?.querySelector("section.decide:not(:has(form[data-draft])):not(:has([data-typed]))");
const note = lost && JSON.parse(sessionStorage.getItem(`markscan draft ${holder.dataset.drafts} decision`) ?? "{}").note;
if (note) {
  const line = Object.assign(document.createElement("p"), { className: "lines", textContent: `Your note, which was not sent: ${note}` });
  line.setAttribute("role", "status");
  lost.append(line);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!drafting.includes(form) || form.hasAttribute("aria-busy") || event.submitter?.hasAttribute("formaction")) return;
  const comment = document.querySelector("form[data-draft=comment] textarea");
  if (form.dataset.draft === "decision" && comment?.value.trim() && !confirm("Your comment on this case has not been sent. Decide without it? It stays on this case's page in this tab.")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    comment.focus();
    return;
  }
  keep(form);
  sessionStorage.setItem(SENT, draftOf(form));
}, true);
