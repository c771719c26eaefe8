// Native dialogs: buttons that open and close them, a click beside one closes it, and a dialog whose form the
// server refused opens again by itself.

import { find, findAll, onClick } from "./page.js";

function show(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  find("textarea, select, input:not([type=hidden], [type=radio])", dialog)?.focus();
}

function showRefused() {
  findAll("dialog[data-open]").forEach((dialog) => {
    dialog.removeAttribute("data-open");
    show(dialog);
    find("[aria-invalid=true]", dialog)?.focus();
  });
}

export const isDialogOpen = () => Boolean(find("dialog[open]"));

export const openDialog = (id) => show(document.getElementById(id));

export function startDialogs() {
  onClick("[data-opens]", (button, event) => {
    event.preventDefault();
    button.closest("[popover]")?.hidePopover();
    openDialog(button.dataset.opens);
  });
  onClick("[data-closes]", (button) => button.closest("dialog").close());
  document.addEventListener("click", (event) => {
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  document.addEventListener("htmx:afterSettle", showRefused);
  showRefused();
}
