// Pictures with the model's answer and the person's, from the shutter until the station has them. Nothing is lost:
// a capture is in the database before anybody sees it, and its picture stays until the station said that it has it.

import type { Verdict } from "../model/manifest";
import { database, type Picture } from "./database";

/** What the model said, as the station takes it, with what the page shows beside it. */
export interface ModelAnswer {
  model: string;
  model_version: string;
  scores: Record<string, number>;
  labels: string[];
  label: string;
  verdict: Verdict;
  reasons: string[];
  distance: number;
}

export interface MarkedBox {
  label: string;
  box: [number, number, number, number];
}

/** `draft`: nobody has confirmed it; `queued`: waits for the station; `sent`; `refused`: the station never takes it. */
export type State = "draft" | "queued" | "sent" | "refused";

export interface Capture {
  id: string;
  state: State;
  task: string;
  sha256: string;
  /** By the device's clock, ISO 8601 in UTC. */
  capturedAt: string;
  answer: ModelAnswer;
  labels: string[];
  boxes: MarkedBox[];
  note: string;
  /** Key of the part in this device's database, or "". */
  part: string;
  partId: string;
  seamId: string;
  /** A small JPEG as data URL, which stays when the picture has gone. */
  thumbnail: string;
  tries: number;
  problem: string;
}

const changes = new EventTarget();
const otherTabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("captures") : null;
if (otherTabs) otherTabs.onmessage = () => changes.dispatchEvent(new Event("change"));

/** Call back whenever captures change, in this tab or another; returns what ends it. */
export function onCaptures(callback: () => void): () => void {
  changes.addEventListener("change", callback);
  return () => changes.removeEventListener("change", callback);
}

function changed(): void {
  changes.dispatchEvent(new Event("change"));
  otherTabs?.postMessage(null);
}

/** Return an id for a capture: 32 small hexadecimal digits. */
export function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** Return the sha256 of bytes in small hexadecimal digits. */
export async function sha256Of(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keep a new capture with its picture: both or neither. */
export async function keepCapture(capture: Capture, picture: Picture): Promise<void> {
  const kept = await database();
  const transaction = kept.transaction(["captures", "pictures"], "readwrite", { durability: "strict" });
  await whole(transaction, async () => {
    await transaction.objectStore("captures").add(capture);
    await transaction.objectStore("pictures").add(picture, capture.id);
  });
  changed();
}

/** Write in a transaction, and wait until it is in the database. */
async function whole(transaction: { done: Promise<void> }, write: () => Promise<unknown>): Promise<void> {
  transaction.done.catch(() => undefined); // the write that fails says why, before the transaction does
  await write();
  await transaction.done;
}

/** Change fields of a capture; one that is sent stays as it is. Returns whether it was changed. */
export async function changeCapture(id: string, fields: Partial<Capture>): Promise<boolean> {
  const kept = await database();
  const transaction = kept.transaction("captures", "readwrite", { durability: "strict" });
  const there = await transaction.store.get(id);
  const open = there !== undefined && there.state !== "sent";
  if (open) await transaction.store.put({ ...there, ...fields });
  await transaction.done;
  if (open) changed();
  return open;
}

/** Note that the station has a capture: its picture goes, the rest stays for the part's report. */
export async function captureSent(id: string): Promise<void> {
  const kept = await database();
  const transaction = kept.transaction(["captures", "pictures"], "readwrite", { durability: "strict" });
  const there = await transaction.objectStore("captures").get(id);
  if (there) await transaction.objectStore("captures").put({ ...there, state: "sent", problem: "" });
  await transaction.objectStore("pictures").delete(id);
  await transaction.done;
  changed();
}

/** Throw a capture away. */
export async function dropCapture(id: string): Promise<void> {
  const kept = await database();
  const transaction = kept.transaction(["captures", "pictures"], "readwrite");
  await transaction.objectStore("captures").delete(id);
  await transaction.objectStore("pictures").delete(id);
  await transaction.done;
  changed();
}

export async function capture(id: string): Promise<Capture | undefined> {
  return (await database()).get("captures", id);
}

export async function picture(id: string): Promise<Picture | undefined> {
  return (await database()).get("pictures", id);
}

/** Return captures in a state, or of a part, the oldest first. */
export async function captures(by: "state" | "part", value: string): Promise<Capture[]> {
  const found = await (await database()).getAllFromIndex("captures", by, value);
  return found.sort((one, other) => one.capturedAt.localeCompare(other.capturedAt));
}

/** Return all captures, the newest first. */
export async function allCaptures(): Promise<Capture[]> {
  const found = await (await database()).getAll("captures");
  return found.sort((one, other) => other.capturedAt.localeCompare(one.capturedAt));
}
