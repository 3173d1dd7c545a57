// What the station says about a model (`GET /v1/bundles/{task}`): all that a device needs to run it and to decide.

export type Verdict = "accept" | "review" | "reject";

/** What a class stands for: an imperfection has an ISO 6520-1 number, a condition is likely to cause some. */
export interface Finding {
  label: string;
  kind: "imperfection" | "condition";
  iso6520: string | null;
  name: string;
  cause: string;
  remedy: string;
  likely_to_cause?: { iso6520: string; name: string }[];
}

export interface ClassLabel {
  name: string;
  verdict: Verdict;
  why: string;
  threshold: number;
  is_good: boolean;
  excludes_others: boolean;
  cause: string;
  remedy: string;
  finding: Finding | null;
}

export interface AppearanceLimits {
  min_contrast: number;
  min_detail: number;
  max_detail: number;
}

export interface Calibration {
  accept_threshold: number;
  max_distance: number;
  miss_cost: number | null;
  promise: string;
  appearance: AppearanceLimits | null;
}

export interface Withdrawal {
  version: string;
  reason: string;
  withdrawn_at: string;
}

export interface Manifest {
  task: string;
  kind: "single_label" | "multi_label";
  title: string;
  name: string;
  version: string;
  created: string;
  preprocess: { width: number; height: number };
  labels: ClassLabel[];
  calibration: Calibration;
  /** The mirror images that the model was trained on, as axes of H x W to flip: 0 upside down, 1 left to right. */
  mirrors: number[][];
  golden: { file: string; scores: number[]; distance: number; tolerance: number };
  files: Record<string, { sha256: string; bytes: number }>;
  metrics: { values: Record<string, { value: number; low: number | null; high: number | null }> };
  attribution: string[];
  withdrawn_versions: Withdrawal[];
}

/** The file of the graph in every bundle. */
export const GRAPH = "model.onnx";
