// Feedback of the team as the station lists it, its pictures, and reviews of it. Keeps nothing, decides nothing.

import type { MarkedBox } from "../data/captures";
import { ask, askJson, sendJson, StationError } from "./api";

export type ReviewVerdict = "accepted" | "rejected";

export interface Review {
  verdict: ReviewVerdict;
  account_id: string;
  reviewed_at: string;
  note: string;
}

/** One picture with the model's answer and the person's. `account_id` is null for a guest's. */
export interface Given {
  id: string;
  task: string;
  answer: { model: string; model_version: string; scores: Record<string, number>; labels: string[] };
  labels: string[];
  boxes: MarkedBox[];
  note: string;
  part_id: string;
  seam_id: string;
  captured_at: string;
  received_at: string;
  account_id: string | null;
  review: Review | null;
}

/** Names by account. */
export type People = Record<string, string>;

export interface GivenList {
  feedback: Given[];
  people: People;
  next_before: string | null;
}

export interface GivenDetail extends Given {
  /** The newest first. */
  reviews: Review[];
  people: People;
}

/** Which feedback to list; "" is any. `since` is a day by the reviewer's calendar, YYYY-MM-DD. */
export interface Filter {
  task: string;
  label: string;
  reviewed: "" | "true" | "false";
  disagreements: boolean;
  since: string;
  order: "value" | "disagreements" | "newest";
}

const PAGE = 30;
const PICTURE_TIMEOUT_MS = 60_000;
const PICTURE_TRIES = 5;

/** List feedback behind the one that `before` names. */
export function listGiven(filter: Filter, before: string | null): Promise<GivenList> {
  const query = new URLSearchParams({ order: filter.order, limit: String(PAGE) });
  if (filter.task) query.set("task", filter.task);
  if (filter.label) query.set("label", filter.label);
  if (filter.reviewed) query.set("reviewed", filter.reviewed);
  if (filter.disagreements) query.set("disagrees", "true");
  if (filter.since) query.set("since", new Date(`${filter.since}T00:00`).toISOString());
  if (before) query.set("before", before);
  return askJson(`v1/feedback?${query}`);
}

export function givenDetail(id: string): Promise<GivenDetail> {
  return askJson(`v1/feedback/${encodeURIComponent(id)}`);
}

export function sendReview(id: string, verdict: ReviewVerdict, note: string): Promise<Given> {
  return sendJson(`v1/feedback/${encodeURIComponent(id)}/review`, note ? { verdict, note } : { verdict });
}

/** Return where the picture of feedback is. */
export function givenPicture(id: string, size: "thumbnail" | "picture"): string {
  return `v1/feedback/${encodeURIComponent(id)}/${size}`;
}

/** Fetch a picture, which needs the token; where the station asks for patience, wait as long as it says. */
export async function stationPicture(path: string, gone: AbortSignal): Promise<Blob> {
  for (let tries = 1; ; tries++) {
    try {
      const signal = AbortSignal.any([gone, AbortSignal.timeout(PICTURE_TIMEOUT_MS)]);
      return await (await ask(path, { signal, cache: "default" })).blob();
    } catch (error) {
      const patience = error instanceof StationError && error.retryAfterS !== null && tries < PICTURE_TRIES;
      if (!patience || gone.aborted) throw error;
      await new Promise((wake) => setTimeout(wake, (error.retryAfterS ?? 1) * 1000));
    }
  }
}

/** Return the classes of each task that the station has a model for. */
export async function knownClasses(): Promise<Record<string, string[]>> {
  const { models } = await askJson<{ models: { task: string; labels: { name: string }[] }[] }>("v1/models");
  return Object.fromEntries(models.map((model) => [model.task, model.labels.map((label) => label.name)]));
}
