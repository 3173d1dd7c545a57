// How bright and how sharp a picture is, for hints to the person who holds the phone. Never part of a verdict.
//
// The measures are those of `beadwatch.imaging.quality`. The limits were chosen on 300 photos of finished welds, one
// of each of so many groups of the training part, at 256 x 256 px: each flags at most 2 % of them as they are.

import { grey } from "./appearance";

export type Hint = "dark" | "glare" | "blurred";

const DARK_MEAN = 40; // flags 1.0 % as they are, 94 % with a quarter of their light
const SATURATED = 250;
const SATURATED_SHARE = 0.25; // 1.0 % as they are, 98 % with four times their light
const EDGE_SHARE = 0.99;
// 1.3 % as they are; 39 %, 100 % and 100 % after a Gaussian blur of 2, 4 and 8 px of 640: a slight one goes unseen.
export const SHARP = 0.65;

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
