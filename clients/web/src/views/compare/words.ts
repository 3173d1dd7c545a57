// Two answers to one picture, in words and rows. Knows no layout and no station.

import type { Comparison, Disagreement, Move, Score } from "../../station/compare";
import type { Verdict } from "../../model/manifest";

/** One class in both answers, and whether a person named it; `person` is null where nobody said anything. */
export interface Row {
  name: string;
  champion: { score: number | null; present: boolean };
  challenger: { score: number | null; present: boolean };
  person: boolean | null;
}

export const VERDICTS: Verdict[] = ["accept", "review", "reject"];

/** Return the classes that either answer or the person names first, then the rest, each by the higher score. */
export function rowsOf({ inspection, feedback, answer, truth }: Disagreement): Row[] {
  const first = (inspection ?? feedback)!;
  const named = new Set([...first.labels, ...answer.labels, ...(truth?.labels ?? [])]);
  const names = [...new Set([...named, ...Object.keys(first.scores), ...Object.keys(answer.scores)])];
  const rows = names.map((name) => ({
    name,
    champion: { score: first.scores[name] ?? null, present: first.labels.includes(name) },
    challenger: { score: answer.scores[name] ?? null, present: answer.labels.includes(name) },
    person: truth ? truth.labels.includes(name) : null,
  }));
  const rank = (row: Row) => Number(named.has(row.name)) * 2 + Math.max(row.champion.score ?? 0, row.challenger.score ?? 0);
  return rows.sort((one, other) => rank(other) - rank(one));
}

/** Say who was right on one picture. */
export function rightInWords({ truth, right, inspection, feedback, answer }: Disagreement): string {
  if (!truth || !right) return "Nobody has labelled this picture.";
  const who = { challenger: "The challenger is right", champion: "The champion is right", both: "Both name that", neither: "Neither is right" }[right];
  const said = `${truth.accepted ? "People say, and a reviewer accepted" : "A person says, not reviewed yet"}: ${truth.labels.join(", ") || "nothing there"}.`;
  const known = (inspection ?? feedback)!.seen_in_training || answer.seen_in_training ? " One of the two was trained on it: it does not count." : "";
  return `${said} ${who}.${known}`;
}

/** Say who was right over all pictures that people labelled. */
export function scoreInWords({ labelled, challenger_right, champion_right, known }: Score): string {
  const left = known ? ` ${pictures(known)} that one of the two was trained on ${known === 1 ? "is" : "are"} left out.` : "";
  if (!labelled) return `People have labelled none of the pictures on which they differ.${left}`;
  return `Challenger right in ${challenger_right} of ${labelled} that people labelled; champion in ${champion_right} of ${labelled}.${left}`;
}

/** Say how many answers there are and how many differ. */
export function countInWords({ same, changed, failed, on_phones }: Comparison): string {
  const sum = same + changed;
  const share = sum ? ` (${Math.round((100 * changed) / sum)} %)` : "";
  const phones = on_phones ? ` ${pictures(on_phones)} judged on phones, by classes alone: no verdict was sent.` : "";
  return `${changed} of ${pictures(sum)} answered otherwise${share}; ${failed} failed.${phones}`;
}

/** Name the classes of an answer that has no verdict. */
export function classesOf(labels: readonly string[]): string {
  return labels.join(", ") || "no class";
}

/** Say what became what. */
export function titleOf({ inspection, feedback, answer }: Disagreement): string {
  return inspection ? `${inspection.label} became ${answer.label}` : `${classesOf(feedback!.labels)} became ${classesOf(answer.labels)}`;
}

/** Return what tells a picture from the others of the list. */
export function keyOf({ inspection, feedback }: Disagreement): string {
  return inspection ? `inspection ${inspection.id}` : `feedback ${feedback!.id}`;
}

export function pictures(count: number): string {
  return count === 1 ? "1 picture" : `${count} pictures`;
}

export function moveOf(moves: readonly Move[], before: Verdict, now: Verdict): Move {
  return moves.find((move) => move.before === before && move.now === now) ?? { before, now, pictures: 0, changed: 0 };
}

/** Return a version as it stands in the address, and what such an address names. */
export function addressOf({ task, version }: { task: string; version: string }): string {
  return `#/compare/${encodeURIComponent(`${task}/${version}`)}`;
}

export function isNamed(about: string, { task, version }: { task: string; version: string }): boolean {
  return about === `${task}/${version}`;
}
