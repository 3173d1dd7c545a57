// Things that several tests need.

import type { Capture } from "../src/data/captures";

/** Return a queued capture with a crack that the model saw and pores that the person saw. */
export function captureOf(fields: Partial<Capture> = {}): Capture {
  return {
    id: "0123456789abcdef0123456789abcdef",
    state: "queued",
    task: "surface",
    sha256: "a".repeat(64),
    capturedAt: "2026-01-31T12:00:00.000Z",
    answer: {
      model: "surface", model_version: "1.2.3", scores: { crack: 0.7, "good welding": 0.2 }, labels: ["crack"], label: "crack",
      verdict: "reject", reasons: ["crack 0.70"], distance: 0.1,
    },
    labels: ["crack", "porosity"],
    boxes: [],
    note: "",
    part: "key",
    partId: "drawing 12",
    seamId: "",
    thumbnail: "data:image/jpeg;base64,/9j/",
    tries: 0,
    problem: "",
    ...fields,
  };
}
