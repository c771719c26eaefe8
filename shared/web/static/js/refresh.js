// Parts of a page that ask for themselves again (hx-trigger="refresh from:body") do so while somebody looks,
// but never while that part holds the focus or a dialog is open.

import { isDialogOpen } from "./dialogs.js";

const everyMilliseconds = 15000;

function refresh() {
  if (document.hidden || isDialogOpen()) return;
  document.body.dispatchEvent(new Event("refresh"));
}

export function startRefresh() {
  setInterval(refresh, everyMilliseconds);
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const byItself = event.detail.requestConfig.triggeringEvent?.type === "refresh";
    if (byItself && event.target.contains(document.activeElement)) event.preventDefault();
  });
}
