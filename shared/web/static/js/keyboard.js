// Keys for people who work here all day. Never while somebody types or composes, never under an open dialog, and
// not at all for those who switched them off (then the page has no list of keys).

import { isDialogOpen, openDialog } from "./dialogs.js";
import { find, findAll } from "./page.js";
import { closePanel, openInPanel, openedRow, rows } from "./panel.js";

const places = { o: "/region", q: "/cases", w: "/cases?view=waiting", m: "/messages", r: "/reports" };
const goWithinMilliseconds = 900;
const typing = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

let goPressedAt = -Infinity;

const focusedRow = () => document.activeElement?.closest?.("#list tbody tr[data-case]");

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(openedRow() ?? focusedRow());
  const row = all[Math.max(0, Math.min(all.length - 1, at + by))];
  find("a[data-panel]", row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (openedRow()) openInPanel(row);
}

function focusOn(selector, event) {
  const field = find(selector);
  if (!field) return;
  event.preventDefault();
  field.focus();
}

const keys = {
  g: () => { goPressedAt = performance.now(); },
  j: () => step(1),
  k: () => step(-1),
  o: () => { const row = focusedRow(); if (row) openInPanel(row); },
  n: () => find("[href='/cases/new']")?.click(),
  l: (event) => focusOn(".composer-contact [data-compose]", event),
  "/": (event) => focusOn("[data-search]", event),
  "?": () => openDialog("shortcuts"),
};

function go(key) {
  if (performance.now() - goPressedAt > goWithinMilliseconds) return false;
  goPressedAt = -Infinity;
  const place = places[key];
  if (!place) return false;
  location.assign(place);
  return true;
}

function press(event) {
  const isTyping = event.isComposing || event.target.matches?.(typing);
  if (event.key === "Escape" && !isDialogOpen()) {
    if (isTyping) event.target.blur();
    else closePanel();
    return;
  }
  if (isTyping || isDialogOpen() || event.metaKey || event.ctrlKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (!go(key)) keys[key]?.(event);
}

// Key caps are written as on a Mac; elsewhere the same key is called Ctrl.
function nameModifier() {
  if (/Mac|iPhone|iPad/.test(navigator.platform)) return;
  for (const cap of findAll("kbd")) cap.textContent = cap.textContent.replace(/⌘ ?/, "Ctrl ");
}

export function startKeyboard() {
  nameModifier();
  document.addEventListener("htmx:afterSettle", nameModifier);
  if (find("#shortcuts")) document.addEventListener("keydown", press);
}
