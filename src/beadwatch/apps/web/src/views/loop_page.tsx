// The dashboard of the loop: data growth, agreement by person and class, and what was collected, found and released.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { pairing } from "../data/settings";
import { type ClassCounts, type Day, type Loop, type Person, type Step, theLoop } from "../station/loop";
import { Problem, when } from "./pieces";

const KINDS: Record<Step["kind"], string> = {
  release: "Releases", gate: "Gate verdicts", drift: "Drift checks", retrain: "Training", collect: "Collections",
};
const WIDTH = 600;
const HEIGHT = 120;
const WIDEST = 40; // of a day's bar, when there are few days

export function LoopPage() {
  const loop = useSignal<Loop | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    theLoop().then((found) => { loop.value = found; }, (error: Error) => { problem.value = error.message; });
  }, []);
  if (problem.value) return <Problem title="The loop" text={problem.value}><a class="button" href="#/station">Station</a></Problem>;
  if (!loop.value) return <p class="soft" role="status">Opening …</p>;
  const { counted, days, people, classes, steps } = loop.value;
  return (
    <>
      <h1>The loop</h1>
      <p class="soft">Counts are of the newest {counted} corrections of your team.</p>
      <p><a class="button quiet" href="#/compare">Compare models</a></p>
      <section class="panel"><h2>How data grows</h2><Growth days={days} /></section>
      <section class="panel"><h2>Person and model, by class</h2><Classes classes={classes} /></section>
      <section class="panel"><h2>By person</h2><People people={people} /></section>
      {runsModels() && (Object.keys(KINDS) as Step["kind"][]).map((kind) => (
        <Steps key={kind} title={KINDS[kind]} steps={steps.filter((step) => step.kind === kind)} />
      ))}
    </>
  );
}

/** Whether the person is told what the loop did, which names people of all teams. */
function runsModels(): boolean {
  return pairing.value?.role === "engineer" || pairing.value?.role === "admin";
}

/** Bars by day: what arrived, and of it what reviewers accepted. */
function Growth({ days }: { days: Day[] }) {
  if (!days.length) return <p>Nothing has arrived yet. Pair a phone and send a picture.</p>;
  const shown = days.slice(-30);
  const most = Math.max(...shown.map((day) => day.received));
  const wide = Math.min(WIDEST, WIDTH / shown.length);
  const sum = shown.reduce((all, day) => all + day.received, 0);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${sum} corrections on ${shown.length} days, at most ${most} a day`}>
        {shown.map((day, at) => (
          <g key={day.day}>
            <Bar x={at * wide} wide={wide} share={day.received / most} kind="received" />
            <Bar x={at * wide} wide={wide} share={day.accepted / most} kind="accepted" />
          </g>
        ))}
      </svg>
      <figcaption class="soft">
        {shown[0]!.day} to {shown.at(-1)!.day}: {sum} received, {shown.reduce((all, day) => all + day.accepted, 0)} accepted (dark),
        at most {most} a day.
      </figcaption>
    </figure>
  );
}

function Bar({ x, wide, share, kind }: { x: number; wide: number; share: number; kind: string }) {
  return <rect class={kind} x={x + wide * 0.1} width={wide * 0.8} y={HEIGHT * (1 - share)} height={HEIGHT * share} />;
}

function Classes({ classes }: { classes: ClassCounts[] }) {
  if (!classes.length) return <p>Nothing to compare yet.</p>;
  return (
    <Table heads={["Class", "Both saw it", "Only the person", "Only the model", "Agreement"]}>
      {classes.map(({ label, both, person_only, model_only }) => (
        <tr key={label}>
          <th scope="row">{label}</th><td>{both}</td><td>{person_only}</td><td>{model_only}</td>
          <td>{percent(both, both + person_only + model_only)}</td>
        </tr>
      ))}
    </Table>
  );
}

function People({ people }: { people: Person[] }) {
  if (!people.length) return <p>Nobody has sent anything yet.</p>;
  return (
    <Table heads={["Who", "Sent", "Disagreed", "Accepted", "Rejected"]}>
      {people.map((person) => (
        <tr key={person.account_id ?? "guests"}>
          <th scope="row">{person.name ?? (person.account_id ? "somebody who left" : "guests")}</th>
          <td>{person.sent}</td><td>{percent(person.disagreed, person.sent)}</td>
          <td>{person.accepted}</td><td>{person.rejected}</td>
        </tr>
      ))}
    </Table>
  );
}

function Table({ heads, children }: { heads: string[]; children: ComponentChildren }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label={heads[0]}>
      <table>
        <thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function percent(part: number, whole: number): string {
  return whole ? `${Math.round((100 * part) / whole)} %` : "";
}

function Steps({ title, steps }: { title: string; steps: Step[] }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {steps.length === 0 && <p class="soft">None yet.</p>}
      <ol class="steps">
        {steps.slice(0, 20).map((step) => (
          <li key={`${step.made_at} ${step.words}`}>
            <details>
              <summary><span class="soft">{when(step.made_at)} · {step.task}</span> {step.words}</summary>
              <pre>{JSON.stringify(step.figures, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
