// Small things that this device remembers.

import { signal } from "@preact/signals";
import { database } from "./database";

/** Who this device is to the station. The token is a secret: it goes into one header and nowhere else. */
export interface Pairing {
  token: string;
  device_id: string;
  account: string;
  role: "inspector" | "reviewer" | "engineer" | "admin";
  team: string;
}

export const pairing = signal<Pairing | null>(null);
export const task = signal("surface");
/** From which score a class shows in the live picture; null: as the model says. */
export const showFrom = signal<number | null>(null);
export const hideFaces = signal(false);

const REMEMBERED = { pairing, task, showFrom, hideFaces };

/** Read what was remembered into the signals above. */
export async function loadSettings(): Promise<void> {
  for (const [name, kept] of Object.entries(REMEMBERED)) {
    kept.value = (await readSetting(name, kept.value)) as never;
  }
}

/** Change one of the signals above, and remember it. */
export async function remember<Name extends keyof typeof REMEMBERED>(
  name: Name,
  value: (typeof REMEMBERED)[Name]["value"],
): Promise<void> {
  await writeSetting(name, value);
  REMEMBERED[name].value = value as never;
}

export async function readSetting<T>(name: string, otherwise: T): Promise<T> {
  const value = await (await database()).get("settings", name);
  return value === undefined ? otherwise : (value as T);
}

export async function writeSetting(name: string, value: unknown): Promise<void> {
  await (await database()).put("settings", value, name);
}
