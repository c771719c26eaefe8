// Forms: ⌘↵ or Ctrl+↵ sends what one is writing, filter selects send themselves, an opened filter closes again when
// one turns to something else, and a page can be printed.

import { findAll, onClick } from "./page.js";

function closeFilters(except) {
  for (const drop of findAll(".filter-drop[open]")) if (!drop.contains(except)) drop.open = false;
}

export function startForms() {
  document.addEventListener("keydown", (event) => {
    const sends = event.key === "Enter" && (event.metaKey || event.ctrlKey);
    if (!sends || !event.target.form) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  document.addEventListener("change", (event) => {
    event.target.closest?.("form[data-auto-submit]")?.requestSubmit();
  });
  document.addEventListener("click", (event) => closeFilters(event.target));
  document.addEventListener("keydown", (event) => {
    const drop = event.key === "Escape" && event.target.closest?.(".filter-drop[open]");
    if (!drop) return;
    event.stopPropagation();
    drop.open = false;
    drop.querySelector("summary").focus();
  }, true);
  onClick("[data-print]", () => print());
}
