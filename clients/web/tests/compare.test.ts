// Two answers to one picture, in rows and words.

import { expect, test } from "vitest";
import type { Answer, Comparison, Disagreement } from "../src/station/compare";
import { addressOf, countInWords, isNamed, keyOf, moveOf, rightInWords, rowsOf, scoreInWords, titleOf } from "../src/views/compare/words";

function answer(label: string, scores: Record<string, number>, changes: Partial<Answer> = {}): Answer {
  return {
    model_version: "tig-1", label, labels: [label], scores, disposition: "accept", reasons: [], regions: [],
    seen_in_training: false, ...changes,
  };
}

function disagreement(changes: Partial<Disagreement> = {}): Disagreement {
  const champion = answer("good weld", { "good weld": 0.9, "burn through": 0.1, other: 0.5 });
  return {
    inspection: { ...champion, id: "1", created_at: "", path: "a.png", task: "tig" },
    answer: answer("burn through", { "good weld": 0.2, "burn through": 0.8, newer: 0.7 }),
    feedback: null, truth: null, right: null, ...changes,
  };
}

test("a phone's answer has classes and no verdict", () => {
  const feedback = { id: "2", received_at: "", model_version: "tig-1", labels: [], scores: { "good weld": 0.4 }, seen_in_training: null };
  const given = disagreement({ inspection: null, feedback });
  expect([titleOf(given), keyOf(given)]).toEqual(["no class became burn through", "feedback 2"]);
  expect(rowsOf(given).find((row) => row.name === "good weld")!.champion).toEqual({ score: 0.4, present: false });
  expect(rightInWords({ ...given, right: "challenger", truth: { labels: ["a"], accepted: true } })).not.toContain("trained");
  expect([titleOf(disagreement()), keyOf(disagreement())]).toEqual(["good weld became burn through", "inspection 1"]);
});

test("classes that somebody names come first, and one that a model does not know has no score", () => {
  const rows = rowsOf(disagreement());
  expect(rows.map((row) => row.name)).toEqual(["good weld", "burn through", "newer", "other"]);
  expect(rows[1]).toEqual({
    name: "burn through", champion: { score: 0.1, present: false }, challenger: { score: 0.8, present: true }, person: null,
  });
  expect(rows[2]!.champion.score).toBeNull();
});

test("a class that only a person names has a row, with no score", () => {
  const rows = rowsOf(disagreement({ truth: { labels: ["slag"], accepted: true } }));
  const slag = rows.find((row) => row.name === "slag")!;
  expect(rows.indexOf(slag)).toBeLessThan(3);
  expect([slag.champion.score, slag.person, rows[0]!.person]).toEqual([null, true, false]);
});

test.each([
  ["challenger", true, "People say, and a reviewer accepted: a. The challenger is right."],
  ["champion", false, "A person says, not reviewed yet: a. The champion is right."],
  ["neither", true, "People say, and a reviewer accepted: a. Neither is right."],
] as const)("%s is told of in words", (right, accepted, words) => {
  expect(rightInWords(disagreement({ right, truth: { labels: ["a"], accepted } }))).toBe(words);
});

test("what nobody labelled and what a model was trained on is said to be so", () => {
  expect(rightInWords(disagreement())).toContain("Nobody has labelled");
  const trained = disagreement({ right: "challenger", truth: { labels: [], accepted: true } });
  trained.answer.seen_in_training = true;
  expect(rightInWords(trained)).toContain("nothing there. The challenger is right. One of the two was trained on it");
});

test("scores and counts are told with what they are of", () => {
  expect(scoreInWords({ labelled: 4, challenger_right: 3, champion_right: 1, known: 0 })).toBe(
    "Challenger right in 3 of 4 that people labelled; champion in 1 of 4.",
  );
  expect(scoreInWords({ labelled: 0, challenger_right: 0, champion_right: 0, known: 1 })).toBe(
    "People have labelled none of the pictures on which they differ. 1 picture that one of the two was trained on is left out.",
  );
  const counted = { same: 3, changed: 1, failed: 2, on_phones: 0 } as Comparison;
  expect(countInWords(counted)).toBe("1 of 4 pictures answered otherwise (25 %); 2 failed.");
  expect(countInWords({ ...counted, on_phones: 1 })).toMatch(/2 failed\. 1 picture judged on phones, by classes alone/);
  expect(countInWords({ ...counted, same: 0, changed: 0 })).toBe("0 of 0 pictures answered otherwise; 2 failed.");
});

test("a way that no picture went counts nothing", () => {
  const moves = [{ before: "accept", now: "reject", pictures: 2, changed: 2 }] as const;
  expect(moveOf(moves, "accept", "reject").pictures).toBe(2);
  expect(moveOf(moves, "reject", "accept").pictures).toBe(0);
});

test("an address names a version whatever is in it", () => {
  const version = { task: "tig", version: "2026/1 #b" };
  const [, page, about] = addressOf(version).split("/");
  expect(page).toBe("compare");
  expect(isNamed(decodeURIComponent(about!), version)).toBe(true);
});
