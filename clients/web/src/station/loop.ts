// What the station says about the loop: how data grows, who agrees with whom, and what was done.

import { askJson } from "./api";

export interface Day {
  day: string;
  received: number;
  accepted: number;
  rejected: number;
}

/** A share, 0 to 1, with its 95 % interval. */
export interface Share {
  value: number;
  low: number;
  high: number;
}

export interface Person {
  account_id: string | null;
  name: string | null;
  sent: number;
  disagreed: number;
  accepted: number;
  rejected: number;
  agreement: Share | null;
}

export interface ClassCounts {
  label: string;
  both: number;
  person_only: number;
  model_only: number;
  agreement: Share | null;
}

export interface Step {
  kind: "collect" | "drift" | "retrain" | "gate" | "release";
  task: string;
  made_at: string;
  words: string;
  figures: Record<string, unknown>;
}

/** How a task came to its model, as the release channel has it, whoever did it. */
export interface Move {
  task: string;
  sequence: number;
  kind: "publish" | "rollback";
  version: string;
  published: number;
  by: string;
  at: string;
  why: string;
  verdict: Record<string, unknown>;
  override: Record<string, unknown> | null;
}

export interface Loop {
  counted: number;
  days: Day[];
  people: Person[];
  classes: ClassCounts[];
  steps: Step[];
  /** null: the station follows no channel, or the person is not told. */
  moves: Move[] | null;
  moves_problem: string;
}

export function theLoop(): Promise<Loop> {
  return askJson("v1/loop");
}
