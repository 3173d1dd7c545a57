// Light and focus, and how their limits are used.

import { expect, test } from "vitest";
import { fixed, general } from "../src/model/figures";
import { hintOf } from "../src/model/quality";

const SIDE = 64;

/** A picture of stripes between two levels, `px` wide. */
function stripes(dark: number, bright: number, px: number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => (Math.floor((Math.floor(at / 3) % SIDE) / px) % 2 ? bright : dark));
}

/** A picture that grows slowly brighter from left to right. */
function slope(dark: number, bright: number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => dark + ((bright - dark) * (Math.floor(at / 3) % SIDE)) / SIDE);
}

test.each([
  ["sharp and well lit", stripes(60, 180, 4), null],
  ["dark", stripes(0, 60, 4), "dark"],
  ["just light enough", stripes(0, 82, 4), null],
  ["a third too bright", stripes(100, 255, 2), "glare"],
  ["bright, not too bright", stripes(100, 249, 2), null],
  ["without an edge", slope(60, 180), "blurred"],
  ["of one level", stripes(100, 100, 4), null],
])("a picture that is %s", (_name, pixels, hint) => {
  expect(hintOf(pixels, SIDE, SIDE)).toBe(hint);
});

test.each([
  [0.125, 2, "0.12"], [0.375, 2, "0.38"], [0.625, 2, "0.62"], [0.875, 2, "0.88"], [0.295, 2, "0.29"], [0.285, 2, "0.28"],
  [2.5, 0, "2"], [3.5, 0, "4"], [0.8125, 3, "0.812"], [4.25, 1, "4.2"], [1, 2, "1.00"], [0, 2, "0.00"], [0.005, 2, "0.01"],
])("%f with %i digits is %s, as Python writes it", (value, digits, text) => {
  expect(fixed(value, digits)).toBe(text);
});

test.each([[10, "10"], [2.5, "2.5"], [1 / 3, "0.333333"], [1e6, "1e+06"], [1234567, "1.23457e+06"], [999999, "999999"], [0.00001, "1e-05"]])(
  "%f in general is %s, as Python writes it",
  (value, text) => expect(general(value)).toBe(text),
);
