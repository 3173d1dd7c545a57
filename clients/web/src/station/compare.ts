// What another model answers to pictures that were inspected or judged on phones, as the station tells it. Keeps nothing, decides nothing.

import type { Verdict } from "../model/manifest";
import { askJson } from "./api";

export interface Move {
  before: Verdict;
  now: Verdict;
  pictures: number;
  changed: number;
}

export interface Score {
  labelled: number;
  challenger_right: number;
  champion_right: number;
  known: number;
}

/** All second answers of one version. */
export interface Comparison {
  task: string;
  version: string;
  same: number;
  changed: number;
  failed: number;
  on_phones: number;
  moves: Move[];
  score: Score;
}

/** A challenger in shadow. `by` is null for those who are not told. */
export interface Shadow {
  task: string;
  version: string;
  by: string | null;
  since: string;
  waiting: number;
  problem: string | null;
}

export interface Comparisons {
  comparisons: Comparison[];
  shadows: Shadow[];
  problems: string[];
}

export interface Region {
  label: string;
  box: [number, number, number, number];
}

/** What one model said of a picture. */
export interface Answer {
  model_version: string;
  label: string;
  labels: string[];
  scores: Record<string, number>;
  disposition: Verdict;
  reasons: string[];
  regions: Region[];
  seen_in_training: boolean;
}

/** What a phone said of a picture that it sent as feedback: classes, and no verdict. */
export interface PhoneAnswer {
  id: string;
  received_at: string;
  model_version: string;
  labels: string[];
  scores: Record<string, number>;
  seen_in_training: boolean | null;
}

/** Either `inspection` is there or `feedback`: which of them gave the first answer. */
export interface Disagreement {
  inspection: (Answer & { id: string; created_at: string; path: string; task: string }) | null;
  feedback: PhoneAnswer | null;
  answer: Answer;
  truth: { labels: string[]; accepted: boolean } | null;
  right: "challenger" | "champion" | "both" | "neither" | null;
}

export interface DisagreementList {
  disagreements: Disagreement[];
  next_after: string | null;
}

/** Which disagreements: all, or those that went from one verdict to another. */
export interface Way {
  before: Verdict;
  now: Verdict;
}

const PAGE = 20;

export function comparisons(): Promise<Comparisons> {
  return askJson("v1/comparisons");
}

/** List disagreements behind the one that `after` names, the gravest first. */
export function disagreements(task: string, version: string, way: Way | null, after: string | null): Promise<DisagreementList> {
  const query = new URLSearchParams({ limit: String(PAGE), ...way });
  if (after) query.set("after", after);
  return askJson(`v1/comparisons/${encodeURIComponent(task)}/${encodeURIComponent(version)}?${query}`);
}

/** Return where the picture of an inspection is at the station. */
export function pictureOf(id: string): string {
  return `v1/inspections/${encodeURIComponent(id)}/thumbnail`;
}
