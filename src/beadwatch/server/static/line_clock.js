// How old the line's last word is, by the browser's own clock, so that silence shows even when the station is gone.

const DRIFT = 2e-4; // two clocks may drift apart by less; a view that is late by more waited in a buffer
let best = null, bestAt = 0, heardAt = null;

const now = () => performance.now() / 1000;

/** Start anew, at a new connection. */
export function resetClock() {
  best = null;
}

/** Take the time stamp of a view: when the station made it, by its clock, and how old the line's word was then. */
export function tick({ now_s: made, age_s: age }) {
  const apart = now() - made;
  const expected = best === null ? apart : best + DRIFT * (now() - bestAt);
  [best, bestAt] = [Math.min(apart, expected), now()];
  heardAt = age === null ? null : now() - age - (apart - best);
}

/** Return the seconds since the line's last word, null if it never spoke. */
export function silence() {
  return heardAt === null ? null : now() - heardAt;
}
