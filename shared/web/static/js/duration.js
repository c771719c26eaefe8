// A length of time in its two largest units; the same result as Formats.duration in shared/web/formatting.py.

import { fill } from "./page.js";

export function duration(lengthSeconds, patterns) {
  const total = Math.floor(Math.abs(lengthSeconds));
  const days = Math.floor(total / 86400);
  const hours = Math.floor((total % 86400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  const largest = days ? "days" : hours ? "hours" : minutes ? "minutes" : "seconds";
  return fill(patterns[largest], { days, hours, minutes, seconds });
}
