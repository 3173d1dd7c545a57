// From class activation maps to the place that deserves a closer look, as `beadwatch.inference.explain` does it.
//
// Knows maps and manifests. Runs no model and draws nothing.

import type { Decision, Prediction } from "./decision";
import type { Manifest } from "./manifest";

/** A map of rows x columns, row by row. */
export interface Grid {
  values: Float32Array;
  rows: number;
  columns: number;
}

/** Left, top, right, bottom as shares of the upright picture, 0 to 1. */
export type Box = [number, number, number, number];

/** Where a picture speaks for a class: `heat` 0 to 1 for each cell, and a box round the strongest part. */
export interface Evidence {
  label: string;
  heat: Grid;
  box: Box;
}

const BOX_LEVEL = 0.5;
const MIN_CONTRAST = 0.1;
const FINER = 8;

/** Return the classes that a person will want to see on a picture that is like those the model knows. */
export function findings(prediction: Prediction, decision: Decision, manifest: Manifest): string[] {
  if (!(prediction.distance <= manifest.calibration.max_distance)) return [];
  const names = manifest.kind === "multi_label" ? decision.labels : [decision.label];
  return names.filter((name) => !manifest.labels.find((label) => label.name === name)?.excludes_others);
}

/** Return RGB pixels flipped along axes: 0 upside down, 1 left to right. */
export function flipped(pixels: Uint8Array, width: number, height: number, axes: readonly number[]): Uint8Array {
  const [upsideDown, mirrored] = [axes.includes(0), axes.includes(1)];
  const result = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < height; y++) {
    const row = (upsideDown ? height - 1 - y : y) * width;
    for (let x = 0; x < width; x++, to += 3) {
      const from = (row + (mirrored ? width - 1 - x : x)) * 3;
      result[to] = pixels[from]!;
      result[to + 1] = pixels[from + 1]!;
      result[to + 2] = pixels[from + 2]!;
    }
  }
  return result;
}

/** Turn the maps of mirror images back and return their mean for each class. `maps` are N x C x rows x columns. */
export function merged(maps: Float32Array, dims: readonly number[], mirrors: readonly number[][]): Grid[] {
  const [images, classes, rows, columns] = dims as [number, number, number, number];
  const grids: Grid[] = [];
  for (let label = 0; label < classes; label++) {
    const values = new Float32Array(rows * columns);
    for (let image = 0; image < images; image++) {
      const start = (image * classes + label) * rows * columns;
      const [upsideDown, mirrored] = [mirrors[image]!.includes(0), mirrors[image]!.includes(1)];
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const from = (upsideDown ? rows - 1 - y : y) * columns + (mirrored ? columns - 1 - x : x);
          values[y * columns + x]! += maps[start + from]!;
        }
      }
    }
    for (let at = 0; at < values.length; at++) values[at]! /= images;
    grids.push({ values, rows, columns });
  }
  return grids;
}

/** Return the maps less what all classes share, which softmax does not see. */
export function againstTheOthers(grids: readonly Grid[]): Grid[] {
  return grids.map((grid) => ({
    ...grid,
    values: grid.values.map((value, at) => value - grids.reduce((sum, each) => sum + each.values[at]!, 0) / grids.length),
  }));
}

/** Explain a class by its map in logits; null where nothing speaks for it, or nothing more than the rest. */
export function explain(label: string, grid: Grid): Evidence | null {
  const [middle, top] = [median(grid.values), Math.max(...grid.values)];
  if (top <= 0 || top - middle < MIN_CONTRAST) return null;
  const values = grid.values.map((value) => Math.min(1, Math.max(0, (value - middle) / (top - middle))));
  const heat = { ...grid, values };
  return { label, heat, box: boxOf(heat) };
}

/** Return a map at another size, bilinear between the middles of its cells. */
export function upsampled(grid: Grid, columns: number, rows: number): Grid {
  const values = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const [above, below, down] = between(y, rows, grid.rows);
    for (let x = 0; x < columns; x++) {
      const [left, right, over] = between(x, columns, grid.columns);
      const at = (row: number, column: number) => grid.values[row * grid.columns + column]!;
      const upper = at(above, left) * (1 - over) + at(above, right) * over;
      const lower = at(below, left) * (1 - over) + at(below, right) * over;
      values[y * columns + x] = upper * (1 - down) + lower * down;
    }
  }
  return { values, rows, columns };
}

function between(at: number, many: number, few: number): [number, number, number] {
  const place = Math.min(few - 1, Math.max(0, ((at + 0.5) * few) / many - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(few - 1, first + 1), place - first];
}

function median(values: Float32Array): number {
  const sorted = Float32Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Return the smallest upright box round the connected part, at least `BOX_LEVEL` warm, that holds the peak. */
function boxOf(heat: Grid): Box {
  const fine = upsampled(heat, heat.columns * FINER, heat.rows * FINER);
  const peak = heat.values.indexOf(Math.max(...heat.values));
  const seed =
    (Math.floor(peak / heat.columns) * FINER + FINER / 2) * fine.columns + (peak % heat.columns) * FINER + FINER / 2;
  const seen = new Uint8Array(fine.values.length);
  const waiting = [seed];
  seen[seed] = 1;
  let [left, top, right, bottom] = [fine.columns, fine.rows, 0, 0];
  while (waiting.length) {
    const at = waiting.pop()!;
    const [x, y] = [at % fine.columns, Math.floor(at / fine.columns)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
    const near = [
      x > 0 ? at - 1 : -1, x < fine.columns - 1 ? at + 1 : -1,
      at - fine.columns, y < fine.rows - 1 ? at + fine.columns : -1,
    ];
    for (const next of near) {
      if (next < 0 || seen[next] || !(fine.values[next]! >= BOX_LEVEL)) continue;
      seen[next] = 1;
      waiting.push(next);
    }
  }
  return [left / fine.columns, top / fine.rows, right / fine.columns, bottom / fine.rows];
}
