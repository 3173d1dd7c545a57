// What the station says about the loop: how data grows, who agrees with whom, and what was done.

import { askJson } from "./api";

export interface Day {
  day: string;
  received: number;
  accepted: number;
  rejected: number;
}

export interface Person {
  account_id: string | null;
  name: string | null;
  sent: number;
  disagreed: number;
  accepted: number;
  rejected: number;
}

export interface ClassCounts {
  label: string;
  both: number;
  person_only: number;
  model_only: number;
}

export interface Step {
  kind: "collect" | "drift" | "retrain" | "gate" | "release";
  task: string;
  made_at: string;
  words: string;
  figures: Record<string, unknown>;
}

export interface Loop {
  counted: number;
  days: Day[];
  people: Person[];
  classes: ClassCounts[];
  steps: Step[];
}

export function theLoop(): Promise<Loop> {
  return askJson("/v1/loop");
}
