// Half-typed pinyin is not yet a word: while an input method composes, nothing may search; when the word stands,
// one clean input event follows.

export function startComposition() {
  document.addEventListener("input", (event) => {
    if (event.isComposing) event.stopImmediatePropagation();
  }, true);
  document.addEventListener("compositionend", (event) => {
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
