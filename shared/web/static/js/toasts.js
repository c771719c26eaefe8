// Short messages at the foot of the page. Good news leaves by itself; trouble stays until dismissed.

import { find, findAll, onClick, texts } from "./page.js";

const stayMilliseconds = 6000;

function leaveLater(toast) {
  if (toast.dataset.timed || toast.classList.contains("toast-bad")) return;
  toast.dataset.timed = "true";
  setTimeout(() => toast.remove(), stayMilliseconds);
}

export function showTrouble(text) {
  const toast = document.createElement("div");
  toast.className = "toast toast-bad";
  toast.dataset.toast = "";
  const words = document.createElement("span");
  words.textContent = text;
  const dismiss = document.createElement("button");
  dismiss.className = "icon-button";
  dismiss.type = "button";
  dismiss.dataset.dismiss = "";
  dismiss.setAttribute("aria-label", texts.dismiss);
  dismiss.textContent = "×";
  toast.append(words, dismiss);
  find("#toasts").replaceChildren(toast);
}

export function startToasts() {
  onClick("[data-dismiss]", (button) => button.closest("[data-toast]").remove());
  findAll("[data-toast]").forEach(leaveLater);
  document.addEventListener("htmx:oobAfterSwap", () => findAll("[data-toast]").forEach(leaveLater));
}
