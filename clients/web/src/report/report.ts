// A visual-testing report on a part, from the captures of one device: the same names as the line's report has.
//
// The machine accepts nothing here: the result is the person's, who signs.

import type { Capture } from "../data/captures";
import { type Field, FIELDS, type Part } from "../data/parts";
import type { Finding } from "../model/manifest";

const RESULT = "Not signed off: a person decides. The machine and the inspector only list what they saw.";
const NOTES = [
  "Indications on photos, by a model and by the person who held the phone. They do not replace a test that a standard asks for.",
  "Photos have no scale: a size that a limit in millimetres is held against has to be measured.",
  "A condition is no imperfection: it is likely to cause some, which have to be looked for.",
];

/** What classes stand for, by task and then by name. A class that is not there has no number: none is made up. */
export type Findings = Record<string, Record<string, Finding>>;

/** Return the report as JSON-ready values; `sha256` names the pictures. */
export function reportJson(part: Part, welds: readonly Capture[], findings: Findings): object {
  const fields = Object.fromEntries((Object.keys(FIELDS) as Field[]).map((field) => [field, part.fields[field] ?? ""]));
  return {
    kind: "visual testing report",
    part_id: part.name,
    fields,
    extent_of_testing: { welds: welds.length, from: welds[0]?.capturedAt ?? null, until: welds.at(-1)?.capturedAt ?? null },
    devices: { model: [...new Set(welds.map((weld) => `${weld.answer.model} ${weld.answer.model_version}`))] },
    welds: welds.map((weld, at) => ({
      number: at + 1,
      id: weld.id,
      seam_id: weld.seamId,
      captured_at: weld.capturedAt,
      verdict: weld.answer.verdict,
      found_by_model: weld.answer.labels,
      found_by_person: weld.state === "draft" ? null : weld.labels,
      note: weld.note,
      sha256: weld.sha256,
    })),
    classes: classesOf(welds, findings).map(({ finding, ...each }) => ({
      ...each, kind: finding?.kind ?? "other", iso6520: finding?.iso6520 ?? null, stands_for: finding?.name ?? null,
      likely_to_cause: finding?.likely_to_cause ?? [],
    })),
    result: RESULT,
    notes: NOTES,
  };
}

interface Indicated {
  name: string;
  finding: Finding | null;
  /** Numbers of the welds on which the model or the person saw it. */
  by_model: number[];
  by_person: number[];
}

/** Return each class that model or person saw, in alphabetical order. */
function classesOf(welds: readonly Capture[], findings: Findings): Indicated[] {
  const seen = new Map<string, Indicated>();
  const add = (weld: Capture, labels: readonly string[], by: "by_model" | "by_person", number: number) => {
    for (const name of labels) {
      const key = `${name} ${weld.task}`;
      if (!seen.has(key)) seen.set(key, { name, finding: findings[weld.task]?.[name] ?? null, by_model: [], by_person: [] });
      seen.get(key)![by].push(number);
    }
  };
  welds.forEach((weld, at) => {
    add(weld, weld.answer.labels, "by_model", at + 1);
    if (weld.state !== "draft") add(weld, weld.labels, "by_person", at + 1);
  });
  return [...seen].sort(([one], [other]) => one.localeCompare(other)).map(([, each]) => each);
}

/** Return the report as one page that prints, pictures included. Every text is escaped. */
export function reportPage(part: Part, welds: readonly Capture[], findings: Findings): string {
  const fields = (Object.keys(FIELDS) as Field[])
    .map((field) => `<tr><th>${FIELDS[field]}</th><td>${escaped(part.fields[field] ?? "")}</td></tr>`)
    .join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Visual-testing report: ${escaped(part.name)}</title><style>${STYLE}</style></head><body>
<h1>Visual-testing report</h1><p>Part ${escaped(part.name)}</p>
<table class="fields">${fields}</table>
<h2>Welds</h2>
<table><thead><tr><th>No.</th><th>Picture</th><th>Seam</th><th>Taken</th><th>Verdict</th><th>The model found</th><th>The person found</th><th>Note</th></tr></thead>
<tbody>${welds.map((weld, at) => row(weld, at, findings[weld.task] ?? {})).join("")}</tbody></table>
${lists(classesOf(welds, findings))}
<h2>Result</h2><p>${RESULT}</p>
<p class="sign">Tester, date, place</p>
<ul>${NOTES.map((note) => `<li>${note}</li>`).join("")}</ul>
<p class="soft">${escaped([...new Set(welds.map((weld) => `Model ${weld.answer.model} ${weld.answer.model_version}`))].join("; "))}</p>
</body></html>
`;
}

const STYLE = `body{font:14px/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#14171a}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #c9cdd3;padding:.3rem .5rem;text-align:left;vertical-align:top}
.fields th{width:14rem}img{width:8rem}tr{break-inside:avoid}.sign{margin-top:4rem;border-top:1px solid #14171a;width:20rem}.soft{color:#454c55}`;

/** Imperfections and conditions stand apart; of the last list, only where it has something. */
function lists(classes: readonly Indicated[]): string {
  const of = (kind: Finding["kind"]) => classes.filter((each) => each.finding?.kind === kind);
  return [
    list("Imperfections indicated, by ISO 6520-1", of("imperfection")),
    list("Process conditions indicated", of("condition")),
    classes.some((each) => !each.finding) ? list("Classes without a number in ISO 6520-1", classes.filter((each) => !each.finding)) : "",
  ].join("\n");
}

function list(title: string, classes: readonly Indicated[]): string {
  if (!classes.length) return `<h2>${title}</h2><p>None is listed. That is no finding that there are none.</p>`;
  const rows = classes.map((each) => {
    const causes = (each.finding?.likely_to_cause ?? []).map((cause) => `${cause.iso6520} ${cause.name}`).join(", ");
    const cells = [named(each.name, each.finding), each.by_model.join(", "), each.by_person.join(", ")];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}<td>${causes && escaped(`likely to cause ${causes}`)}</td></tr>`;
  });
  return `<h2>${title}</h2><table><thead><tr><th>Class</th><th>Welds, by the model</th><th>Welds, by the person</th><th>Note</th></tr></thead>
<tbody>${rows.join("")}</tbody></table>`;
}

/** Return a class by the number and name of its imperfection, as the line's report has it; a condition has no number. */
function named(label: string, finding: Finding | null | undefined): string {
  if (finding?.kind !== "imperfection") return label;
  return `${finding.iso6520} ${finding.name}${finding.name === label ? "" : ` (${label})`}`;
}

function row(weld: Capture, at: number, findings: Record<string, Finding>): string {
  const all = (labels: readonly string[]) => labels.map((label) => named(label, findings[label])).join(", ") || "nothing";
  const person = weld.state === "draft" ? "not confirmed" : all(weld.labels);
  const cells = [weld.seamId, weld.capturedAt.slice(0, 16).replace("T", " "), weld.answer.verdict, all(weld.answer.labels), person, weld.note];
  const picture = weld.thumbnail.startsWith("data:image/jpeg;base64,") ? `<img alt="weld ${at + 1}" src="${escaped(weld.thumbnail)}">` : "";
  return `<tr><td>${at + 1}</td><td>${picture}</td>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
}

/** Return text as it stands in HTML. */
export function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}
