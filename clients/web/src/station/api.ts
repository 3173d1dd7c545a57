// The station's HTTP interface. Knows addresses, headers and what answers mean; keeps nothing.

import { addressOf } from "../data/place";
import { pairing } from "../data/settings";

/** The station answered, and not with what was asked for. `status` is 0 when it did not answer at all. */
export class StationError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 60_000;


/** Ask the station; throws a `StationError` for all but 2xx and 304. The device's token goes along if it has one. */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (pairing.value) headers.set("Authorization", `Bearer ${pairing.value.token}`);
  let response: Response;
  try {
    response = await fetch(addressOf(path), { signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store", ...options, headers });
  } catch {
    throw new StationError(0, "The station does not answer.");
  }
  if (response.ok || response.status === 304) return response;
  const body = await response.json().catch(() => null);
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const message = body?.error?.message ?? `The station answered ${response.status}.`;
  throw new StationError(response.status, message, Number.isFinite(after) ? after : null);
}

/** Ask the station for JSON. */
export async function askJson<T>(path: string, options: RequestInit = {}): Promise<T> {
  return (await (await ask(path, options)).json()) as T;
}

/** Send JSON to the station. */
export function sendJson<T>(path: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return askJson<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Fetch bytes, telling how many of `size` have come. */
export async function askBytes(path: string, size: number, progress: (bytes: number) => void): Promise<ArrayBuffer> {
  const response = await ask(path, { signal: AbortSignal.timeout(10 * TIMEOUT_MS) });
  const bytes = new Uint8Array(size);
  let received = 0;
  for await (const chunk of chunksOf(response)) {
    if (received + chunk.length > size) throw new StationError(0, "More bytes came than were announced.");
    bytes.set(chunk, received);
    received += chunk.length;
    progress(received);
  }
  if (received !== size) throw new StationError(0, `The download broke off after ${received} of ${size} bytes.`);
  return bytes.buffer;
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader(); // Safari has no asynchronous iteration of streams
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } catch {
    throw new StationError(0, "The download broke off.");
  }
}
