// What is sent, and when it is tried again.

import { expect, test } from "vitest";
import type { Capture } from "../src/data/captures";
import { backOffMs, content } from "../src/station/sync";
import { captureOf } from "./made";

test.each([
  [0, 0, 1000], [0, 1, 2000], [1, 0, 2000], [1, 1, 4000], [3, 0.5, 12_000], [7, 1, 256_000], [8, 1, 300_000], [8, 0, 150_000],
  [1000, 1, 300_000], [5000, 1, 300_000],
])("after %i failures, with chance %f, it waits %i ms", (failures, random, wanted) => {
  expect(backOffMs(failures, random)).toBe(wanted);
});

test("a capture is sent as the station takes it, and nothing else of it", () => {
  const capture: Capture = captureOf({ boxes: [{ label: "crack", box: [0, 0.1, 0.2, 0.3] }], note: "at the end", seamId: "S 7" });
  expect(content(capture)).toEqual({
    id: capture.id,
    sha256: capture.sha256,
    task: "surface",
    answer: { model: "surface", model_version: "1.2.3", scores: { crack: 0.7, "good welding": 0.2 }, labels: ["crack"], distance: capture.answer.distance },
    labels: ["crack", "porosity"],
    boxes: [{ label: "crack", box: [0, 0.1, 0.2, 0.3] }],
    note: "at the end",
    part_id: "drawing 12",
    seam_id: "S 7",
    captured_at: "2026-01-31T12:00:00.000Z",
  });
});

test("what stays on the device is not sent: state, tries, thumbnail, the key of the part", () => {
  const text = JSON.stringify(content(captureOf({ thumbnail: "data:secret", problem: "secret", part: "secret" })));
  expect(text).not.toContain("secret");
});
