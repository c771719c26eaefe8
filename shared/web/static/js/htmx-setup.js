// What fails in the background is said; what the server could not be asked is said too.

import { showTrouble } from "./toasts.js";
import { texts } from "./page.js";

const isRefresh = (event) => event.detail.requestConfig?.triggeringEvent?.type === "refresh";

// Refusals come as one plain sentence in the reader's language.
function sentenceOf(answer) {
  const isSentence = answer.getResponseHeader("content-type")?.startsWith("text/plain");
  return isSentence ? answer.responseText : texts.failed;
}

export function startHtmx() {
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) return location.reload();
    if (!isRefresh(event)) showTrouble(sentenceOf(event.detail.xhr));
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!isRefresh(event)) showTrouble(texts.offline);
  });
}
