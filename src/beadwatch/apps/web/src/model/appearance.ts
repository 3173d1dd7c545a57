// How much a picture shows, without any network: contrast and detail as `beadwatch.imaging.appearance` measures them.
//
// Knows preprocessed pixels. Does not know limits: those come with the model.

import type { AppearanceLimits } from "./manifest";

/** `contrast` in grey levels of 255; `detail`: near 0 for what is smooth, about 3.5 for pure noise. */
export interface Appearance {
  contrast: number;
  detail: number;
}

const SIDE_CELLS = 32;

/** Return contrast and detail of a preprocessed picture, RGB, `width` x `height`. */
export function measureAppearance(pixels: Uint8Array, width: number, height: number): Appearance {
  const cells = coarse(grey(pixels), width, height);
  const mean = cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
  const contrast = Math.sqrt(cells.reduce((sum, cell) => sum + (cell - mean) ** 2, 0) / cells.length);
  let curvature = 0;
  for (let y = 1; y < SIDE_CELLS - 1; y++) {
    for (let x = 1; x < SIDE_CELLS - 1; x++) {
      const at = y * SIDE_CELLS + x;
      const around = cells[at - SIDE_CELLS]! + cells[at + SIDE_CELLS]! + cells[at - 1]! + cells[at + 1]!;
      curvature += Math.abs(around - 4 * cells[at]!);
    }
  }
  const inner = (SIDE_CELLS - 2) ** 2;
  return { contrast, detail: contrast > 0 ? curvature / inner / contrast : 0 };
}

/** Return in words what keeps a picture from being judged, or null. */
export function faultOf(seen: Appearance, limits: AppearanceLimits): string | null {
  if (!(seen.contrast >= limits.min_contrast)) {
    return (
      `nearly blank: contrast of ${seen.contrast.toFixed(1)} grey levels, ${limits.min_contrast.toFixed(1)} are ` +
      "needed; check light, exposure and lens cap"
    );
  }
  if (!(seen.detail >= limits.min_detail)) {
    return (
      `without detail: ${seen.detail.toFixed(2)}, ${limits.min_detail.toFixed(2)} is needed; ` +
      "check focus, and whether the lens or its glass is fogged or covered"
    );
  }
  if (!(seen.detail <= limits.max_detail)) {
    return (
      `noise or a fine pattern: detail ${seen.detail.toFixed(2)} is over ${limits.max_detail.toFixed(2)}; ` +
      "check the camera, and that it sees a weld"
    );
  }
  return null;
}

/** Return the grey of RGB pixels by ITU-R BT.601, in the fixed point that Pillow uses. */
export function grey(pixels: Uint8Array): Uint8Array {
  const result = new Uint8Array(pixels.length / 3);
  for (let from = 0, to = 0; to < result.length; from += 3, to++) {
    result[to] = (pixels[from]! * 19595 + pixels[from + 1]! * 38470 + pixels[from + 2]! * 7471 + 0x8000) >> 16;
  }
  return result;
}

/** Return the mean of each of 32 x 32 cells, rounded as Pillow's box filter rounds. */
function coarse(levels: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array(SIDE_CELLS * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < SIDE_CELLS; x++) {
      rows[y * SIDE_CELLS + x] = boxMean(x, width, (at) => levels[y * width + at]!);
    }
  }
  const cells = new Uint8Array(SIDE_CELLS * SIDE_CELLS);
  for (let y = 0; y < SIDE_CELLS; y++) {
    for (let x = 0; x < SIDE_CELLS; x++) {
      cells[y * SIDE_CELLS + x] = boxMean(y, height, (at) => rows[at * SIDE_CELLS + x]!);
    }
  }
  return cells;
}

function boxMean(cell: number, size: number, level: (at: number) => number): number {
  const scale = size / SIDE_CELLS;
  const [first, end] = [Math.round(cell * scale), Math.round((cell + 1) * scale)];
  let sum = 0;
  for (let at = first; at < end; at++) sum += level(at);
  return Math.floor(sum / (end - first) + 0.5);
}
