// What the steps of the loop and the moves of its channel say over time, read out of their figures. Steps are kept for
// ever, older ones without the figures that newer ones have: what is not there is null, never zero.

import type { Move, Share, Step } from "../station/loop";

/** The set at one snapshot. `classes` counts pictures by class. */
export interface Growth {
  at: number;
  snapshot: string;
  pictures: number;
  added: number;
  classes: Record<string, number> | null;
}

export type Standing = "good" | "bad" | "unsure";

/** One look for drift; `bad` is drift. `auc` is of the classes with labels, `alarms` are those under their limit. */
export interface Check {
  at: number;
  standing: Standing;
  words: string;
  model: string;
  pictures: number | null;
  auc: Record<string, Share>;
  alarms: string[];
  limits: Record<string, number>;
  limit: number;
}

export interface Difference {
  difference: number;
  low: number | null;
  high: number | null;
}

/** What the gate said; `bad` holds the champion. Differences of macro AUC, challenger minus champion. */
export interface Verdict {
  at: number;
  challenger: string;
  champion: string;
  standing: Standing;
  frozen: Difference | null;
  fresh: Difference | null;
  /** Who released it against the gate, and why. */
  override: { name: string; reason: string } | null;
}

type Figures = Record<string, unknown>;

const DEFAULT_LIMIT = 0.75; // of AUC, where a step of an older version does not say

export function growthOf(steps: readonly Step[]): Growth[] {
  return inOrder(steps, "collect").flatMap(({ made_at, figures }) => {
    const pictures = number(figures.pictures);
    if (pictures === null) return [];
    const classes = figures.classes ? (figures.classes as Record<string, number>) : null;
    return [{ at: Date.parse(made_at), snapshot: String(figures.snapshot ?? ""), pictures, added: number(figures.new_pictures) ?? 0, classes }];
  });
}

export function checksOf(steps: readonly Step[]): Check[] {
  return inOrder(steps, "drift").map(({ made_at, words, figures }) => {
    const limits = record(figures.limits);
    const current = record(figures.current);
    const findings = Array.isArray(figures.findings) ? (figures.findings as Figures[]) : [];
    const auc = Object.entries(record(current.figures)).flatMap(([name, each]) => {
      const [value, low, high] = each as number[];
      return name.startsWith("auc/") ? [[name.slice("auc/".length), { value: value!, low: low!, high: high! }] as const] : [];
    });
    return {
      at: Date.parse(made_at), words, model: String(figures.model ?? ""), pictures: number(current.pictures),
      standing: figures.drifted === true ? "bad" : figures.verdict === "not enough to say" ? "unsure" : "good",
      auc: Object.fromEntries(auc),
      alarms: auc.map(([label]) => label).filter((label) => findings.some((each) => each.alarm === true && each.name === `AUC of ${label} against its limit`)),
      limits: record(limits.class_min_auc) as Record<string, number>,
      limit: number(limits.min_auc) ?? DEFAULT_LIMIT,
    };
  });
}

/** Return the gate's verdicts: those of the loop, and those that people brought along to a release by hand. */
export function verdictsOf(steps: readonly Step[], moves: readonly Move[]): Verdict[] {
  const published = moves.filter((move) => move.kind === "publish");
  const judged = inOrder(steps, "gate").map(({ made_at, figures }) => verdict(Date.parse(made_at), figures, published));
  const known = new Set(judged.map(pairOf));
  const brought = published
    .filter(({ verdict: given }) => Array.isArray(given.checks))
    .map((move) => verdict(Date.parse(move.at), move.verdict, published))
    .filter((each) => !known.has(pairOf(each)));
  return [...judged, ...brought].sort((one, other) => one.at - other.at);
}

function verdict(at: number, figures: Figures, published: readonly Move[]): Verdict {
  const evidence = record(figures.evidence);
  const [challenger, champion] = [String(figures.challenger ?? ""), String(figures.champion ?? "")];
  const against = published.find((move) => move.version === challenger && move.override);
  const passed = figures.passed === true;
  return {
    at, challenger, champion, standing: passed ? "good" : "bad",
    frozen: difference(record(evidence.frozen).macro_auc), fresh: difference(record(evidence.new).macro_auc),
    override: !passed && against ? (against.override as { name: string; reason: string }) : null,
  };
}

function pairOf({ challenger, champion }: Verdict): string {
  return `${challenger} against ${champion}`;
}

function difference(paired: unknown): Difference | null {
  const { difference: value, low, high } = record(paired);
  return number(value) === null ? null : { difference: number(value)!, low: number(low), high: number(high) };
}

function inOrder(steps: readonly Step[], kind: Step["kind"]): Step[] {
  return steps.filter((step) => step.kind === kind).sort((one, other) => Date.parse(one.made_at) - Date.parse(other.made_at));
}

function record(value: unknown): Figures {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Figures) : {};
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
