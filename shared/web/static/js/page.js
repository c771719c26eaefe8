// Small helpers every module uses.

export const find = (selector, within = document) => within.querySelector(selector);
export const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

// The translated texts and patterns the server put into the page.
export const texts = JSON.parse(find("#page-texts").textContent);

// Fill the named parts of a text, written as in the catalogues: "%(count)s cases".
export const fill = (text, parts) => text.replace(/%\((\w+)\)s/g, (_, name) => parts[name]);

// Call `action(element, event)` for clicks on or inside elements that match, now and later.
export function onClick(selector, action) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.(selector);
    if (element) action(element, event);
  });
}

export const isWide = () => matchMedia("(min-width: 1100px)").matches;
