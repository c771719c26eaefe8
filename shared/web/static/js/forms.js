// Forms: ⌘↵ or Ctrl+↵ sends what one is writing, filter selects send themselves, and a page can be printed.

import { onClick } from "./page.js";

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
  onClick("[data-print]", () => print());
}
