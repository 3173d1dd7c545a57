// The phone answers as the station does: cases.json is what the Python makes of pictures and predictions
// (`python tools/web_cases.py`), and this holds the TypeScript against it.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { grey, measureAppearance } from "../src/model/appearance";
import { decide } from "../src/model/decision";
import { againstTheOthers, explain, findings, merged } from "../src/model/evidence";
import type { Calibration, ClassLabel, Manifest } from "../src/model/manifest";
import { sharpness } from "../src/model/quality";
import { type Pixels, resized } from "../src/model/resize";

interface PictureCase {
  kind: "noise" | "smooth" | "grey" | "flat";
  seed: number;
  width: number;
  height: number;
}

interface Cases {
  resize: (PictureCase & { to_width: number; to_height: number; sha256: string })[];
  measured: (PictureCase & { contrast: number; detail: number; sharpness: number | null; saturated_share: number })[];
  decisions: {
    task: string;
    kind: Manifest["kind"];
    variants: {
      name: string;
      labels: ClassLabel[];
      calibration: Calibration;
      cases: {
        scores: number[]; distance: number; contrast: number; detail: number;
        verdict: string; label: string; labels: string[]; reasons: string[]; findings: string[];
      }[];
    }[];
  }[];
  evidence: {
    mirrors: number[][];
    dims: number[];
    maps: number[];
    against_the_others: boolean;
    merged: number[];
    boxes: (number[] | null)[];
  }[];
}

const cases = JSON.parse(readFileSync(new URL("./cases.json", import.meta.url), "utf-8")) as Cases;
const FINE_CELL = 1 / 8; // of a cell of a map
const CLOSE = 1e-6;

/** The rules of tools/web_cases.py, as RGB. */
const PICTURES = {
  noise: (width: number, height: number, seed: number) => {
    return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      let mixed = (Math.imul(at, 2654435761) + seed) | 0;
      mixed = Math.imul(mixed ^ (mixed >>> 15), 2246822519);
      return (mixed ^ (mixed >>> 13)) >>> 24;
    });
  },
  smooth: (width: number, height: number, seed: number) => {
    return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      const [channel, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
      const wave = (x * (seed + channel) + y * (seed + 2 * channel) + ((x * y) >> 5)) % 512;
      return wave < 256 ? wave : 511 - wave;
    });
  },
  grey: (width: number, height: number, seed: number): Uint8Array => {
    const [slopes, grain] = [PICTURES.smooth(width, height, seed), PICTURES.noise(width, height, seed)];
    return slopes.map((_, at) => (slopes[at - (at % 3)]! >> 1) + (grain[at - (at % 3)]! >> 3));
  },
  flat: (width: number, height: number, seed: number) => new Uint8Array(width * height * 3).fill(seed),
};

function pictureOf({ kind, seed, width, height }: PictureCase): Uint8Array {
  return PICTURES[kind](width, height, seed);
}

function asCanvas(rgb: Uint8Array, width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at++) data.set(rgb.subarray(at * 3, at * 3 + 3), at * 4);
  return { data, width, height };
}

/** Relative to what was expected, or absolute near 0. */
function expectClose(value: number, wanted: number, name = ""): void {
  expect(Math.abs(value - wanted), `${name} ${value} instead of ${wanted}`).toBeLessThanOrEqual(CLOSE * Math.max(1, Math.abs(wanted)));
}

test.each(cases.resize)("resize $kind $width x $height to $to_width x $to_height, to the last bit", (one) => {
  const pixels = resized(asCanvas(pictureOf(one), one.width, one.height), one.to_width, one.to_height);
  expect(createHash("sha256").update(pixels).digest("hex")).toBe(one.sha256);
});

test.each(cases.measured)("appearance and sharpness of $kind, $width x $height", (one) => {
  const pixels = pictureOf(one);
  const { contrast, detail } = measureAppearance(pixels, one.width, one.height);
  expectClose(contrast, one.contrast, "contrast");
  expectClose(detail, one.detail, "detail");
  const levels = grey(pixels);
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const spread = Math.sqrt(levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length);
  const sharp = sharpness(levels, one.width, one.height, spread);
  if (one.sharpness === null) expect(sharp).toBe(Infinity);
  else expectClose(sharp, one.sharpness, "sharpness");
  expectClose(levels.filter((level) => level >= 250).length / levels.length, one.saturated_share, "saturated share");
});

describe.each(cases.decisions)("decisions of $task", ({ kind, variants }) => {
  test.each(variants)("$name", ({ labels, calibration, cases: predictions }) => {
    const manifest = { kind, labels, calibration } as Manifest;
    for (const one of predictions) {
      const prediction = { scores: one.scores, distance: one.distance };
      const { strange, ...decision } = decide(prediction, manifest, one);
      expect(decision, JSON.stringify(one)).toEqual({
        verdict: one.verdict, label: one.label, labels: one.labels, reasons: one.reasons,
      });
      expect(strange).toBe(/^(the picture cannot be judged|unlike the pictures)/.test(one.reasons[0]!));
      expect(findings(prediction, { ...decision, strange }, manifest), JSON.stringify(one)).toEqual(one.findings);
    }
  });
});

test.each(cases.evidence.map((one, at) => ({ ...one, at })))("evidence $at", (one) => {
  const mean = merged(Float32Array.from(one.maps), one.dims, one.mirrors);
  mean.flatMap((grid) => Array.from(grid.values)).forEach((value, at) => expectClose(value, one.merged[at]!, "mean"));
  const clear = one.against_the_others ? againstTheOthers(mean) : mean;
  clear.forEach((grid, label) => {
    const found = explain("a class", grid);
    const wanted = one.boxes[label]!;
    if (wanted === null) return expect(found).toBeNull();
    found!.box.forEach((side, at) => {
      const cell = FINE_CELL / (at % 2 ? grid.rows : grid.columns);
      expect(Math.abs(side - wanted[at]!), `${found!.box} instead of ${wanted}`).toBeLessThanOrEqual(cell + CLOSE);
    });
  });
});
