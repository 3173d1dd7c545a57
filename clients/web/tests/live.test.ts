// Live answers: how many there are each second, and how they are made steady.

import { describe, expect, test } from "vitest";
import { rate } from "../src/camera/live";
import { Steadier } from "../src/camera/steady";
import type { Answer } from "../src/model/classifier";
import type { Verdict } from "../src/model/manifest";

interface Seen { score?: number; verdict?: Verdict; label?: string; strange?: boolean; hint?: Answer["hint"] }

function answer({ score = 0, verdict = "review", label = "crack", strange = false, hint = null }: Seen): Answer {
  const decision = { verdict, label, labels: [label], reasons: [], strange };
  return { prediction: { scores: [score], distance: 0 }, decision, hint, latencyMs: 1 };
}

function after(...all: Seen[]) {
  const steadier = new Steadier();
  return all.map((each) => steadier.add(answer(each), "background")).at(-1)!;
}

const times = (count: number, each: Seen): Seen[] => Array.from({ length: count }, () => each);

describe("rate", () => {
  test("one frame alone has none", () => expect(rate([], 5)).toBe(0));

  test("frames each 100 ms are ten a second", () => {
    const seen: number[] = [];
    let frames = 0;
    for (let now = 0; now <= 5000; now += 100) frames = rate(seen, now);
    expect(frames).toBeCloseTo(10);
    expect(seen.length).toBeLessThanOrEqual(21);
  });

  test("after a pause only what is recent counts", () => {
    const seen = [0, 10, 20, 30];
    expect(rate(seen, 10_000)).toBe(0);
    expect(rate(seen, 10_500)).toBeCloseTo(2);
  });
});

describe("steady", () => {
  test("the first answer shows as it is", () => {
    expect(after({ score: 0.8, verdict: "reject", hint: "dark" })).toEqual({
      scores: [0.8], verdict: "reject", label: "crack", weld: true, hint: "dark",
    });
  });

  test("scores move by three tenths of the way", () => {
    expect(after({ score: 0 }, { score: 1 }).scores[0]).toBeCloseTo(0.3);
    expect(after({ score: 0 }, { score: 1 }, { score: 1 }).scores[0]).toBeCloseTo(0.51);
  });

  test("a single other verdict does not show, most of seven does", () => {
    expect(after(...times(6, { verdict: "accept", label: "good welding" }), { verdict: "reject" }).verdict).toBe("accept");
    expect(after(...times(9, { verdict: "accept", label: "good welding" }), ...times(4, { verdict: "reject" })).verdict).toBe("reject");
  });

  test("a verdict changes together with its label", () => {
    const seen = after(...times(3, { label: "crack", verdict: "reject" }), ...times(4, { label: "porosity", verdict: "review" }));
    expect([seen.label, seen.verdict]).toEqual(["porosity", "review"]);
  });

  test("of two that are as common, the newer shows", () => {
    expect(after({ verdict: "accept" }, { verdict: "reject" }).verdict).toBe("reject");
  });

  test.each([
    ["background", { label: "background" }], ["what cannot be judged", { strange: true }],
  ])("there is no weld while most frames show %s", (_name, without) => {
    expect(after(...times(3, {}), ...times(4, without)).weld).toBe(false);
    expect(after(...times(4, {}), ...times(3, without)).weld).toBe(true);
  });

  test("a hint shows while most frames have it", () => {
    expect(after({}, { hint: "blurred" }, { hint: "blurred" }).hint).toBe("blurred");
    expect(after({}, {}, { hint: "blurred" }).hint).toBeNull();
  });
});
