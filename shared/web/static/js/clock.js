// Ticks the clocks. The server decides when a clock warns, turns critical and is late; here only time passes,
// counted from the server's own clock, so that a wrong clock on this machine changes nothing.

import { duration } from "./duration.js";
import { fill, find, findAll, texts } from "./page.js";

const serverSecondsAtLoad = Number(document.documentElement.dataset.now);
const loadedAt = performance.now();
const states = ["ok", "warn", "critical", "over"];

export const serverSeconds = () => serverSecondsAtLoad + (performance.now() - loadedAt) / 1000;

function stateAt(now, { due, warn, critical }) {
  if (now >= Number(due)) return "over";
  if (now >= Number(critical)) return "critical";
  return now >= Number(warn) ? "warn" : "ok";
}

function tick(clock, now) {
  const state = stateAt(now, clock.dataset);
  if (!clock.classList.contains(`clock-${state}`)) {
    clock.classList.remove(...states.map((name) => `clock-${name}`));
    clock.classList.add(`clock-${state}`);
  }
  const left = Number(clock.dataset.due) - now;
  const length = duration(left, texts.duration);
  const text = state === "over" ? fill(texts.late, { time: length }) : length;
  const time = find(".clock-time", clock);
  if (time.textContent !== text) time.textContent = text;
}

function tickAll() {
  if (document.hidden) return;
  const now = serverSeconds();
  for (const clock of findAll(".clock[data-due]")) tick(clock, now);
}

export function startClocks() {
  setInterval(tickAll, 1000);
  document.addEventListener("visibilitychange", tickAll);
  document.addEventListener("htmx:afterSettle", tickAll);
}
