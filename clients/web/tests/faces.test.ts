// From the detector's grids to places, and from places to a few colours.

import { expect, test } from "vitest";
import { facesIn, SURE } from "../src/picture/face_detector";
import { means, widened, withoutFaces } from "../src/picture/faces";

const [ROWS, COLUMNS] = [8, 16];

/** Grids that are sure of faces at cells, each 2 rows high and 4 columns wide, a quarter of a cell down and right. */
function grids(...sure: { row: number; column: number; score: number }[]) {
  const cells = ROWS * COLUMNS;
  const presence = new Float32Array(cells);
  for (const { row, column, score } of sure) presence[row * COLUMNS + column] = score;
  const size = new Float32Array(2 * cells).fill(Math.log(2), 0, cells).fill(Math.log(4), cells);
  return { presence, size, offset: new Float32Array(2 * cells).fill(0.25), rows: ROWS, columns: COLUMNS };
}

const close = (box: number[]) => box.map((share) => expect.closeTo(share, 5));

test("a face is where the network says, as shares of the picture", () => {
  const [face, ...others] = facesIn(grids({ row: 3, column: 8, score: 0.9 }));
  expect(others).toEqual([]);
  expect(face!.score).toBeCloseTo(0.9);
  expect(face!.box).toEqual(close([6.75 / 16, 2.75 / 8, 10.75 / 16, 4.75 / 8]));
});

test("answers that overlap are one face, as large as all of them", () => {
  const found = facesIn(grids({ row: 3, column: 8, score: 0.6 }, { row: 3, column: 9, score: 0.9 }));
  expect(found).toHaveLength(1);
  expect(found[0]!.box).toEqual(close([6.75 / 16, 2.75 / 8, 11.75 / 16, 4.75 / 8]));
});

test("faces apart are two, the surest first", () => {
  const found = facesIn(grids({ row: 3, column: 3, score: 0.6 }, { row: 3, column: 12, score: 0.9 }));
  expect(found.map((face) => face.score)).toEqual([expect.closeTo(0.9), expect.closeTo(0.6)]);
});

test("a face at the edge ends there", () => {
  const [face] = facesIn(grids({ row: 0, column: 15, score: 0.9 }));
  expect([face!.box[1], face!.box[2]]).toEqual([0, 1]);
});

test("what the network is not sure of is none", () => {
  expect(facesIn(grids({ row: 3, column: 3, score: SURE - 0.01 }))).toEqual([]);
});

test.each([
  [0.4, 0.6, 100, [35, 30]], [0, 0.2, 100, [0, 25]], [0.9, 1, 100, [87, 13]], [0, 1, 7, [0, 7]], [0.999, 1, 3, [2, 1]],
])("from %f to %f of %i px is widened inside the picture", (from, to, px, wanted) => {
  expect(widened(from, to, px)).toEqual(wanted);
});

test("only mean colours remain", () => {
  const data = new Uint8ClampedArray(10 * 10 * 4);
  for (let at = 0; at < 100; at++) data.set([at % 2 ? 200 : 0, at < 50 ? 40 : 80, 7, 255], at * 4);
  const colours = means({ data, width: 10, height: 10 });
  expect(colours.subarray(0, 4)).toEqual(Uint8ClampedArray.of(100, 40, 7, 255));
  expect(colours.subarray(12 * 4, 12 * 4 + 4)).toEqual(Uint8ClampedArray.of(100, 60, 7, 255));
  expect(colours.subarray(24 * 4)).toEqual(Uint8ClampedArray.of(100, 80, 7, 255));
});

test("a place of one pixel has its colour", () => {
  const colours = means({ data: Uint8ClampedArray.of(1, 2, 3, 255), width: 1, height: 1 });
  expect(new Set(colours)).toEqual(new Set([1, 2, 3, 255]));
});

test("a picture without faces stays the same", async () => {
  const file = new Blob(["picture"]);
  expect(await withoutFaces(file, [])).toBe(file);
});
