// Where values stand on a chart: scales, round ticks, and marks that do not cover one another. Knows no drawing.

export type Scale = (value: number) => number;

/** Return the line through two pairs; where all values are one, it stands in the middle. */
export function linear([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  if (low === high) return () => (from + to) / 2;
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** Return round values from `low` to `high`, both ends included where they are round, `most` at the most. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low) || most < 2) return [low];
  const least = (high - low) / (most - 1);
  const size = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10, 20].map((each) => each * size).find((each) => count(low, high, each) <= most && each >= least * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: count(low, high, step) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

function count(low: number, high: number, step: number): number {
  return Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1;
}

/** Move ascending places apart by `gap`, or by what room there is, as little as it takes, within `low` to `high`. */
export function apart(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const room = Math.min(gap, (high - low) / Math.max(1, wanted.length - 1));
  let before = low - room;
  const placed = wanted.map((place) => (before = Math.max(place, before + room)));
  let after = high + room;
  for (let at = placed.length - 1; at >= 0; at--) after = placed[at] = Math.min(placed[at]!, after - room);
  return placed;
}
