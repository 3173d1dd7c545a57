// Scales of the dashboard's charts, and what they read out of steps and moves.

import { describe, expect, test } from "vitest";
import { checksOf, growthOf, verdictsOf } from "../src/charts/history";
import { apart, linear, ticks } from "../src/charts/scale";
import type { Move, Step } from "../src/station/loop";

describe("scales", () => {
  test("a scale goes through both ends, and a single value stands in the middle", () => {
    expect([0, 5, 10].map(linear([0, 10], [100, 0]))).toEqual([100, 50, 0]);
    expect(linear([3, 3], [0, 10])(3)).toBe(5);
  });

  test.each([
    [0, 1180, 5, [0, 500, 1000]],
    [0.5, 1, 3, [0.5, 1]],
    [0.4, 1, 5, [0.4, 0.6, 0.8, 1]],
    [-0.068, 0.128, 5, [-0.05, 0, 0.05, 0.1]],
    [0, 4, 5, [0, 1, 2, 3, 4]],
    [2, 2, 5, [2]],
  ])("ticks of %d to %d are round", (low, high, most, expected) => {
    expect(ticks(low, high, most)).toEqual(expected);
  });

  test("marks are moved apart as little as it takes, in their order and within the chart", () => {
    expect(apart([10, 50, 90], 15, 0, 100)).toEqual([10, 50, 90]);
    expect(apart([50, 50, 60], 15, 0, 100)).toEqual([50, 65, 80]);
    expect(apart([95, 99, 100], 15, 0, 100)).toEqual([70, 85, 100]);
    const many = apart(Array.from({ length: 21 }, () => 100), 15, 0, 100);
    expect([many[0], many[20]]).toEqual([0, 100]);
    expect(apart([], 15, 0, 100)).toEqual([]);
  });
});

function step(kind: Step["kind"], figures: Record<string, unknown>, made_at = "2026-01-02T00:00:00Z"): Step {
  return { kind, task: "tig", made_at, words: "so it is", figures };
}

function move(fields: Partial<Move>): Move {
  return {
    task: "tig", sequence: 1, kind: "publish", version: "tig-2", published: 1, by: "rosa", at: "2026-01-03T00:00:00Z", why: "",
    verdict: {}, override: null, ...fields,
  };
}

const JUDGED = {
  challenger: "tig-2", champion: "tig-1", passed: false, checks: [{}],
  evidence: { frozen: { macro_auc: { difference: -0.04, low: -0.07, high: -0.01 } }, new: { macro_auc: { difference: null, low: null, high: null } } },
};

describe("what steps and moves say", () => {
  test("steps come in the order of time, and what an older one does not say is null", () => {
    const steps = [step("collect", { pictures: 9, new_pictures: 2, classes: { crack: 4 } }, "2026-01-05T00:00:00Z"), step("collect", { pictures: 7 })];
    expect(growthOf(steps).map(({ pictures, added, classes }) => [pictures, added, classes])).toEqual([[7, 0, null], [9, 2, { crack: 4 }]]);
    expect(growthOf([step("collect", {})])).toEqual([]);
    expect(checksOf([step("drift", {})])).toMatchObject([{ standing: "good", pictures: null, auc: {}, limit: 0.75 }]);
    expect(verdictsOf([step("gate", {})], [])).toMatchObject([{ standing: "bad", frozen: null, fresh: null }]);
  });

  test("a class has an alarm where the check gave one for its limit, not where its value is low", () => {
    const findings = [{ name: "AUC of crack against its limit", alarm: true }, { name: "AUC of porosity against its limit", alarm: false }];
    const current = { pictures: 40, figures: { "auc/crack": [0.6, 0.5, 0.7], "auc/porosity": [0.7, 0.6, 0.8], ece: [0.1, 0, 0.2] } };
    const [check] = checksOf([step("drift", { drifted: true, current, findings, limits: { min_auc: 0.7, class_min_auc: { crack: 0.8 } } })]);
    expect(check).toMatchObject({ standing: "bad", alarms: ["crack"], limit: 0.7, limits: { crack: 0.8 }, pictures: 40 });
    expect(check!.auc).toEqual({ crack: { value: 0.6, low: 0.5, high: 0.7 }, porosity: { value: 0.7, low: 0.6, high: 0.8 } });
    expect(checksOf([step("drift", { drifted: false, verdict: "not enough to say" })])[0]!.standing).toBe("unsure");
  });

  test("a verdict that somebody released against says who and why", () => {
    const override = { name: "rosa", reason: "the line waits" };
    const [against] = verdictsOf([step("gate", JUDGED)], [move({ override })]);
    expect(against).toMatchObject({ standing: "bad", override, frozen: { difference: -0.04, low: -0.07, high: -0.01 }, fresh: null });
    expect(verdictsOf([step("gate", { ...JUDGED, passed: true })], [move({ override })])[0]!.override).toBeNull();
  });

  test("a verdict that came with a release by hand counts once, and going back brings none", () => {
    const brought = move({ verdict: JUDGED });
    expect(verdictsOf([], [brought, move({ kind: "rollback", verdict: JUDGED, sequence: 2 })])).toHaveLength(1);
    expect(verdictsOf([step("gate", JUDGED)], [brought])).toHaveLength(1);
    expect(verdictsOf([], [move({ override: { name: "founder", reason: "the first" } })])).toEqual([]);
  });
});
