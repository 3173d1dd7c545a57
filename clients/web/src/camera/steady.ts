// Live answers made steady enough to read: scores move slowly, and a verdict changes when most recent frames agree.

import type { Answer } from "../model/classifier";
import type { Verdict } from "../model/manifest";

const NEWEST_WEIGHT = 0.3;
const VOTES = 7;

/** What the live picture shows. `weld`: whether most recent frames show one that the model can judge. */
export interface Steady {
  scores: number[];
  verdict: Verdict;
  label: string;
  weld: boolean;
  hint: Answer["hint"];
}

export class Steadier {
  private scores: number[] = [];
  private votes: Answer[] = [];

  /** Take one more answer; `background` is the class that says that there is no weld, where the task has one. */
  add(answer: Answer, background: string): Steady {
    const { scores } = answer.prediction;
    this.scores = scores.map((score, at) => {
      const before = this.scores[at] ?? score;
      return before + NEWEST_WEIGHT * (score - before);
    });
    this.votes = [...this.votes, answer].slice(-VOTES);
    const most = commonest(this.votes.map((vote) => `${vote.decision.verdict} ${vote.decision.label}`));
    const shown = this.votes.findLast((vote) => `${vote.decision.verdict} ${vote.decision.label}` === most)!;
    const without = this.votes.filter((vote) => vote.decision.strange || vote.decision.label === background);
    const hint = commonest(this.votes.map((vote) => vote.hint ?? ""));
    return {
      scores: this.scores,
      verdict: shown.decision.verdict,
      label: shown.decision.label,
      weld: without.length * 2 < this.votes.length,
      hint: (hint || null) as Answer["hint"],
    };
  }
}

/** Return the value that stands there most often, of several the newest. */
function commonest<T>(values: T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return values.findLast((value) => counts.get(value) === most)!;
}
