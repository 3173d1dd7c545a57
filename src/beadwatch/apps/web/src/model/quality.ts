// How bright and how sharp a picture is, for hints to the person who holds the phone. Never part of a verdict.
//
// The measures are those of `beadwatch.line.picture_quality`; the limits are for photos and chosen by eye on the
// pictures of the surface model: see docs/phone.md.

import { grey } from "./appearance";

export type Hint = "dark" | "glare" | "blurred";

const DARK_MEAN = 40;
const SATURATED = 250;
const SATURATED_SHARE = 0.25;
const EDGE_SHARE = 0.99;
export const SHARP = 0.45;

/** Return what is wrong with a preprocessed picture's light or focus, RGB, `width` x `height`, or null. */
export function hintOf(pixels: Uint8Array, width: number, height: number): Hint | null {
  const levels = grey(pixels);
  let [sum, squares, saturated] = [0, 0, 0];
  for (const level of levels) {
    sum += level;
    squares += level * level;
    if (level >= SATURATED) saturated++;
  }
  const mean = sum / levels.length;
  if (mean < DARK_MEAN) return "dark";
  if (saturated / levels.length > SATURATED_SHARE) return "glare";
  const spread = Math.sqrt(squares / levels.length - mean * mean);
  return sharpness(levels, width, height, spread) < SHARP ? "blurred" : null;
}

/** Return the 99 % quantile of the absolute 4-neighbour Laplacian over the picture's standard deviation. */
export function sharpness(levels: Uint8Array, width: number, height: number, spread: number): number {
  if (spread === 0) return Infinity;
  const counts = new Uint32Array(4 * 255 + 1);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const around = levels[at - width]! + levels[at + width]! + levels[at - 1]! + levels[at + 1]!;
      counts[Math.abs(4 * levels[at]! - around)]!++;
    }
  }
  const rank = Math.floor(EDGE_SHARE * ((width - 2) * (height - 2) - 1));
  let [edge, passed] = [0, counts[0]!];
  while (passed <= rank) passed += counts[++edge]!;
  return edge / spread;
}
