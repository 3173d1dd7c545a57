// A part with many welds: the session in which an inspector works, and what its report says about it.

import { signal } from "@preact/signals";
import { newId } from "./captures";
import { database } from "./database";
import { readSetting, writeSetting } from "./settings";

/** The fields of a visual-testing report that a person fills in, by the names that the line's report has for them. */
export const FIELDS = {
  manufacturer: "Manufacturer",
  object: "Object",
  material: "Material",
  joint: "Joint",
  thickness: "Thickness",
  process: "Welding process",
  standard: "Acceptance standard",
  level: "Acceptance level",
  tester: "Tester",
  date: "Date of testing",
  place: "Place",
} as const;

export type Field = keyof typeof FIELDS;

export interface Part {
  id: string;
  /** What people call it: a drawing or serial number. */
  name: string;
  startedAt: string;
  fields: Partial<Record<Field, string>>;
}

/** The part that captures belong to now, if any. */
export const currentPart = signal<Part | null>(null);

export async function loadCurrentPart(): Promise<void> {
  const id = await readSetting("part", "");
  currentPart.value = (id && (await (await database()).get("parts", id))) || null;
}

/** Begin a part; captures from now on belong to it. */
export async function startPart(name: string): Promise<void> {
  const part: Part = { id: newId(), name: name.trim(), startedAt: new Date().toISOString(), fields: {} };
  await (await database()).add("parts", part);
  await choosePart(part);
}

export async function choosePart(part: Part | null): Promise<void> {
  await writeSetting("part", part?.id ?? "");
  currentPart.value = part;
}

/** Write a field of the report. */
export async function fillIn(part: Part, field: Field, text: string): Promise<void> {
  const filled = { ...part, fields: { ...part.fields, [field]: text } };
  await (await database()).put("parts", filled);
  if (currentPart.value?.id === part.id) currentPart.value = filled;
}

/** Return all parts, the newest first. */
export async function allParts(): Promise<Part[]> {
  const parts = await (await database()).getAll("parts");
  return parts.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
}
