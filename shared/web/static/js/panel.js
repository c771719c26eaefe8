// On wide screens a case opens beside the queue. The opened case stands in the address, so that reloading and
// going back show the same.

import { find, findAll, isWide, onClick } from "./page.js";

const queue = find("#queue");
const panel = find("#panel");

export const rows = () => findAll("#list tbody tr[data-case]");
export const openedRow = () => find("#list tr.is-selected");

function mark(id) {
  rows().forEach((row) => row.classList.toggle("is-selected", row.dataset.case === id));
}

function writeAddress(id) {
  const address = new URL(location);
  if (id) address.searchParams.set("case", id);
  else address.searchParams.delete("case");
  history.replaceState(history.state, "", address);
}

export async function openInPanel(row) {
  const id = row.dataset.case;
  if (!isWide()) {
    location.assign(find("a[data-panel]", row).href);
    return;
  }
  mark(id);
  queue.classList.add("has-panel");
  await htmx.ajax("GET", find("a[data-panel]", row).href, { target: "#panel", swap: "innerHTML" });
  panel.scrollTop = 0;
  writeAddress(id);
}

export function closePanel() {
  if (!queue?.classList.contains("has-panel")) return false;
  const row = openedRow();
  queue.classList.remove("has-panel");
  panel.replaceChildren();
  mark(null);
  writeAddress(null);
  if (row) find("a[data-panel]", row).focus();
  return true;
}

export function startPanel() {
  if (!queue) return;
  document.addEventListener("click", (event) => {
    const row = event.target.closest("#list tbody tr[data-case]");
    const withKey = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
    if (!row || withKey || (!isWide() && event.target.closest("a"))) return;
    event.preventDefault();
    openInPanel(row);
  });
  onClick("[data-close-panel]", closePanel);
  document.addEventListener("htmx:afterSettle", (event) => {
    const id = new URL(location).searchParams.get("case");
    if (event.target.id === "list") mark(id);
  });
}
