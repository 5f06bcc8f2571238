// A decision covers the whole listing: it waits until each flagged image was opened beside the reference that it matched.
"use strict";

const covers = document.querySelector("[data-covers]");
if (covers) {
  const kept = `markscan-seen-${covers.dataset.covers}`;
  const links = [...covers.querySelectorAll("a[data-place]")];
  const places = [...new Set([...covers.querySelectorAll("[data-place]")].map((each) => each.dataset.place))];
  const form = document.querySelector("form[data-decides]");
  const waiting = [...document.querySelectorAll("form[data-decides] button[name=decision], button[form=decide][name=decision]")]
    .filter((button) => button.value !== "escalated"); // an escalation leaves the decision to somebody else
  let seen = new Set();
  try { seen = new Set(JSON.parse(sessionStorage.getItem(kept) ?? "[]")); } catch { /* then only this page counts */ }

  const tell = () => {
    if (!form.hasAttribute("aria-busy")) seen.add(covers.dataset.shown);
    try { sessionStorage.setItem(kept, JSON.stringify([...seen])); } catch { /* likewise */ }
    const left = places.filter((place) => !seen.has(place));
    for (const button of waiting) button.disabled = left.length > 0;
    for (const link of links) {
      link.hidden = seen.has(link.dataset.place);
      delete link.dataset.key;
    }
    const next = links.find((link) => !link.hidden);
    if (next) next.dataset.key = "v";
    covers.querySelector("[data-to-see]").hidden = !next;
    covers.querySelector("[data-seen-count]").textContent = ` You have seen ${places.length - left.length} of ${places.length}.`;
    for (const reason of document.querySelectorAll("[data-unseen]")) {
      reason.hidden = left.length === 0;
      reason.textContent = "Open first: ";
      for (const link of links.filter((each) => !each.hidden)) {
        const copy = link.cloneNode(true);
        delete copy.dataset.key;
        reason.append(copy, " ");
      }
    }
  };
  document.addEventListener("evidence-seen", tell); // both images of this page were drawn and on screen
  addEventListener("pageshow", () => setTimeout(tell, 0)); // another script gives buttons back then
  tell();
}
