// Sends what waits in the queue, one capture after the other, until the station has each exactly once.
//
// The id is made on the device and the station knows it again, so that sending twice is harmless: whatever dies in the
// middle, the capture stays queued and is sent again. Only one tab sends at a time.

import { signal } from "@preact/signals";
import { type Capture, captures, captureSent, changeCapture, dropCapture, picture } from "../data/captures";
import { whyNotKept } from "../data/database";
import { ask, StationError } from "./api";

/** What the queue is doing. `waiting`: the station does not answer or is busy; it is tried again at `nextTryAt`. */
export interface Sync {
  state: "idle" | "sending" | "waiting" | "unpaired";
  sending: string;
  message: string;
  nextTryAt: number;
}

export const sync = signal<Sync>({ state: "idle", sending: "", message: "", nextTryAt: 0 });

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;
const NEVER_TAKEN = new Set([400, 409, 413, 415, 422]);
const DELETED_THERE = 410; // somebody had it deleted at the station: it does not come back from here

let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let again = false;
let running = false;

/** Send what waits, now. Asked while it is sending, it looks again when it is through. */
export async function sendQueue(): Promise<void> {
  again = true;
  if (running) return;
  running = true;
  try {
    await navigator.locks.request("send-queue", async () => {
      while (again) {
        again = false;
        await sendAll();
      }
    });
  } catch (error) {
    waitFor(backOffMs(failures++, Math.random()), whyNotKept(error));
  } finally {
    running = false;
  }
}

/** Begin to send by itself: at the start, when the network comes back, when the page is looked at again. */
export function keepSending(): void {
  const look = () => void sendQueue();
  addEventListener("online", look);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  look();
}

async function sendAll(): Promise<void> {
  clearTimeout(timer);
  for (const next of await captures("state", "queued")) {
    sync.value = { state: "sending", sending: next.id, message: "", nextTryAt: 0 };
    try {
      await send(next);
      failures = 0;
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      if (error.status === DELETED_THERE) {
        await dropCapture(next.id);
        continue;
      }
      if (NEVER_TAKEN.has(error.status)) {
        await changeCapture(next.id, { state: "refused", problem: error.message });
        continue;
      }
      await changeCapture(next.id, { tries: next.tries + 1, problem: error.message });
      waitAfter(error);
      return;
    }
  }
  sync.value = { state: "idle", sending: "", message: "", nextTryAt: 0 };
}

async function send(capture: Capture): Promise<void> {
  const kept = await picture(capture.id);
  if (!kept) throw new StationError(422, "Its picture is no longer on this device.");
  const form = new FormData();
  form.append("picture", new Blob([kept.bytes], { type: kept.type }), `${capture.id}`);
  form.append("feedback", JSON.stringify(content(capture)));
  await ask("v1/feedback", { method: "POST", body: form });
  await captureSent(capture.id);
}

/** Return a capture as the station takes it; see docs/feedback.md. */
export function content(capture: Capture): object {
  const { model, model_version, scores, labels, distance } = capture.answer;
  return {
    id: capture.id,
    sha256: capture.sha256,
    task: capture.task,
    answer: { model, model_version, scores, labels, distance },
    labels: capture.labels,
    boxes: capture.boxes,
    note: capture.note,
    part_id: capture.partId,
    seam_id: capture.seamId,
    captured_at: capture.capturedAt,
  };
}

function waitAfter(error: StationError): void {
  if (error.status === 401) {
    sync.value = { state: "unpaired", sending: "", message: error.message, nextTryAt: 0 };
    return;
  }
  const waitMs = error.retryAfterS !== null ? error.retryAfterS * 1000 : backOffMs(failures++, Math.random());
  waitFor(waitMs, error.message);
}

function waitFor(waitMs: number, message: string): void {
  sync.value = { state: "waiting", sending: "", message, nextTryAt: Date.now() + waitMs };
  timer = setTimeout(() => void sendQueue(), waitMs);
}

/** Return how long to wait after so many failures in a row: doubling, with a random half so that phones spread out. */
export function backOffMs(failed: number, random: number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failed);
  return whole / 2 + (random * whole) / 2;
}
