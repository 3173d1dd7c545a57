// How much a picture shows, without any network: contrast and detail as `beadwatch.imaging.appearance` measures them.
//
// Knows preprocessed pixels. Does not know limits: those come with the model.

import { fixed } from "./figures";
import type { AppearanceLimits } from "./manifest";
import { downFirst, PRECISION_BITS } from "./resize";

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
      `nearly blank: contrast of ${fixed(seen.contrast, 1)} grey levels, ${fixed(limits.min_contrast, 1)} are ` +
      "needed; check light, exposure and lens cap"
    );
  }
  if (!(seen.detail >= limits.min_detail)) {
    return (
      `without detail: ${fixed(seen.detail, 2)}, ${fixed(limits.min_detail, 2)} is needed; ` +
      "check focus, and whether the lens or its glass is fogged or covered"
    );
  }
  if (!(seen.detail <= limits.max_detail)) {
    return (
      `noise or a fine pattern: detail ${fixed(seen.detail, 2)} is over ${fixed(limits.max_detail, 2)}; ` +
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

/** Return the mean of each of 32 x 32 cells, in the order and with the rounding of Pillow's box filter. */
function coarse(levels: Uint8Array, width: number, height: number): Uint8Array {
  if (downFirst({ width, height }, SIDE_CELLS, SIDE_CELLS)) return across(down(levels, width, height), width, SIDE_CELLS);
  return down(across(levels, width, height), SIDE_CELLS, height);
}

function across(levels: Uint8Array, width: number, height: number): Uint8Array {
  const cells = new Uint8Array(SIDE_CELLS * height);
  for (let at = 0; at < cells.length; at++) {
    const row = Math.floor(at / SIDE_CELLS) * width;
    cells[at] = boxMean(at % SIDE_CELLS, width, (x) => levels[row + x]!);
  }
  return cells;
}

function down(levels: Uint8Array, width: number, height: number): Uint8Array {
  const cells = new Uint8Array(width * SIDE_CELLS);
  for (let at = 0; at < cells.length; at++) {
    cells[at] = boxMean(Math.floor(at / width), height, (y) => levels[y * width + (at % width)]!);
  }
  return cells;
}

function boxMean(cell: number, size: number, level: (at: number) => number): number {
  const scale = size / SIDE_CELLS;
  const [first, end] = [Math.round(cell * scale), Math.round((cell + 1) * scale)];
  const weight = Math.trunc(0.5 + (1 << PRECISION_BITS) / (end - first));
  let sum = 1 << (PRECISION_BITS - 1);
  for (let at = first; at < end; at++) sum += level(at) * weight;
  return sum >> PRECISION_BITS;
}
