// Pieces that several pages show.

import type { ComponentChildren } from "preact";
import type { ClassLabel, Verdict } from "../model/manifest";
import { Icon } from "./icons";

export const WORDS: Record<Verdict, string> = { accept: "Accept", review: "Review", reject: "Reject" };

/** One word, one shape, one colour, and the finding that matters most. */
export function VerdictSign({ verdict, label, small = false }: { verdict: Verdict; label: string; small?: boolean }) {
  return (
    <div class={small ? "verdict small" : "verdict"} data-verdict={verdict}>
      <Icon name={verdict} />
      <span>
        <b>{WORDS[verdict]}</b>
        <span class="finding">{label}</span>
      </span>
    </div>
  );
}

/** Scores as bars, the highest first, with a mark from which score a class counts. */
export function Scores({ labels, scores, from, most = 99 }: {
  labels: readonly ClassLabel[]; scores: readonly number[]; from: number | null; most?: number;
}) {
  const ranked = labels.map((label, at) => ({ label, score: scores[at] ?? 0 }));
  ranked.sort((one, other) => other.score - one.score);
  return (
    <dl class="scores">
      {ranked.slice(0, most).map(({ label, score }) => {
        const mark = from ?? label.threshold;
        return (
          <div key={label.name} class={score >= mark ? "score present" : "score"}>
            <dt>{label.name}</dt>
            <dd>
              <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="filled" width={100 * score} height="10" />
                <rect class="mark" x={Math.min(99, 100 * mark)} width="1" height="10" />
              </svg>
              <span class="number">{Math.round(100 * score)} %</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Something went wrong: what, and how to mend it. */
export function Problem({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <section class="panel problem" role="alert">
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </section>
  );
}

export function Progress({ value, text }: { value: number | null; text: string }) {
  return (
    <p class="progress" role="status">
      <span>{text}</span>
      {value === null ? <Icon name="busy" spin /> : <progress value={value} max={1} aria-label={text} />}
    </p>
  );
}

/** Return a moment in the person's own way of writing it. */
export function when(moment: string): string {
  return new Date(moment).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
