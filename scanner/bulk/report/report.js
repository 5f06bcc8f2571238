(() => {
  document.documentElement.classList.add("js");
  const $ = (id) => document.getElementById(id);
  const cards = [...document.querySelectorAll(".card")], buttons = [...document.querySelectorAll(".seg button")];
  const count = document.querySelector(".count"), reset = document.querySelector(".reset");
  const alike = document.querySelector("section.alike"), matched = cards.filter((card) => !card.classList.contains("alike")), total = matched.length;
  let decision = "";
  const apply = () => {
    const brand = $("brand").value, kind = $("kind").value, seller = $("seller").value, sure = $("sure").value / 100;
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0, resembling = 0;
    for (const card of cards) {
      const d = card.dataset;
      const fits = (!decision || d.decision === decision) && (!brand || d.brands.includes(" " + brand + " ")) && (!kind || d.kinds.includes(kind)) &&
        (!seller || d.seller === seller) && Number(d.sure) >= sure && words.every((word) => d.text.includes(word));
      card.hidden = !fits;
      if (card.classList.contains("alike")) resembling += fits;
      else shown += fits;
    }
    document.querySelector(".slide output").value = $("sure").value + " %";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.decision === decision));
    reset.hidden = !(decision || brand || kind || seller || sure || words.length);
    if (alike) alike.hidden = resembling === 0;
    if (count) count.textContent = shown === total ? total + (total === 1 ? " image" : " images") + " with a match" : shown + " of " + total + " images with a match";
  };
  for (const button of buttons) button.addEventListener("click", () => { decision = button.dataset.decision; apply(); });
  for (const id of ["brand", "kind", "seller", "sure", "search"]) $(id).addEventListener("input", apply);
  reset.addEventListener("click", () => { decision = ""; for (const id of ["brand", "kind", "seller", "search"]) $(id).value = ""; $("sure").value = 0; apply(); $("search").focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|SELECT/.test(document.activeElement.tagName)) { event.preventDefault(); $("search").focus(); }
  });
  apply();
})();
