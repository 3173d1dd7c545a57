// What the person said differently from the model. Knows class names, and not who is right.

import type { Given } from "../../station/review";

export interface Difference {
  /** The person holds it to be present, the model did not. */
  added: string[];
  /** The model held it to be present, the person does not. */
  removed: string[];
  /** Both hold it to be present. */
  both: string[];
}

/** One class in both answers; `score` is null where the model does not know the class. */
export interface ClassRow {
  name: string;
  score: number | null;
  model: boolean;
  person: boolean;
}

export function differenceOf({ answer, labels }: Given): Difference {
  return {
    added: labels.filter((label) => !answer.labels.includes(label)),
    removed: answer.labels.filter((label) => !labels.includes(label)),
    both: labels.filter((label) => answer.labels.includes(label)),
  };
}

/** Return every class of both answers: differences first, then what both see, then the rest, each by score. */
export function classRows({ answer, labels }: Given): ClassRow[] {
  const names = [...new Set([...labels, ...answer.labels, ...Object.keys(answer.scores)])];
  const rows = names.map((name) => ({
    name, score: answer.scores[name] ?? null, model: answer.labels.includes(name), person: labels.includes(name),
  }));
  const rank = (row: ClassRow) => (row.model !== row.person ? 0 : row.person ? 1 : 2);
  return rows.sort((one, other) => rank(one) - rank(other) || (other.score ?? 0) - (one.score ?? 0));
}
