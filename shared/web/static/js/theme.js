// Switches between light and dark; the server reads the cookie, so that the next page comes painted right.

import { onClick } from "./page.js";

const oneYear = 31536000;

function shownTheme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen !== "auto") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function startTheme() {
  onClick("[data-theme-toggle]", () => {
    const theme = shownTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.cookie = `huiyin_theme=${theme}; path=/; max-age=${oneYear}; samesite=lax`;
  });
}
