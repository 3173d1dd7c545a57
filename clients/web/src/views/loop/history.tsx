// What the loop of one task did, for those who run it: how things stand now, each part over time, and every step in words.

import { useSignal } from "@preact/signals";
import { checksOf, growthOf, type Standing, verdictsOf } from "../../charts/history";
import type { Loop, Step } from "../../station/loop";
import { when } from "../pieces";
import { ChampionsChart } from "./champions";
import { DRIFT_WORDS, DriftChart } from "./drift";
import { GATE_WORDS, GateChart } from "./gate";
import { GrowthChart } from "./growth";
import { day, Legend, type Times } from "./plot";

// Releases are missing here: they are moves of the channel, which the champions' chart tells of.
const KINDS = { gate: "Gate verdicts", drift: "Drift checks", retrain: "Training", collect: "Collections" } as const;
const DAY_MS = 86_400_000;

export function History({ loop }: { loop: Loop }) {
  const tasks = tasksOf(loop);
  const chosen = useSignal("");
  const task = chosen.value || tasks[0] || "";
  const steps = loop.steps.filter((step) => step.task === task);
  const moves = loop.moves?.filter((move) => move.task === task) ?? null;
  const [growth, checks, verdicts] = [growthOf(steps), checksOf(steps), verdictsOf(steps, moves ?? [])];
  const times = timesOf([...steps.map((step) => step.made_at), ...(moves ?? []).map((move) => move.at)]);
  return (
    <>
      {tasks.length > 1 && (
        <div class="buttons" role="group" aria-label="Task">
          {tasks.map((each) => (
            <button key={each} type="button" class="quiet" aria-pressed={each === task} onClick={() => { chosen.value = each; }}>{each}</button>
          ))}
        </div>
      )}
      <dl class="now">
        <Now what="Champion" is={moves?.at(-1)?.version} since={moves?.length ? Date.parse(moves.at(-1)!.at) : null} />
        <Now what="Newest drift check" {...told(checks.at(-1), DRIFT_WORDS)} />
        <Now what="Newest gate verdict" {...told(verdicts.at(-1), GATE_WORDS)} />
        <Now what="Pictures in the set" is={growth.at(-1)?.pictures} since={growth.at(-1)?.at ?? null} />
      </dl>
      <section class="panel"><h2>Champions over time</h2><ChampionsChart moves={moves} problem={loop.moves_problem} times={times} /></section>
      <section class="panel"><h2>Drift over time</h2><DriftChart checks={checks} times={times} /></section>
      <section class="panel"><h2>The gate</h2><GateChart verdicts={verdicts} times={times} /></section>
      <section class="panel"><h2>Growth of the set</h2><GrowthChart growth={growth} times={times} /></section>
      <section class="panel">
        <h2>Every step</h2>
        {(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => (
          <Steps key={kind} title={KINDS[kind]} steps={steps.filter((step) => step.kind === kind)} />
        ))}
      </section>
    </>
  );
}

/** The tasks of which there is something to tell, that of the newest step or move first. */
function tasksOf({ steps, moves }: Loop): string[] {
  const all = [...steps.map((step) => ({ task: step.task, at: step.made_at })), ...(moves ?? [])];
  return [...new Set(all.sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).map((each) => each.task))];
}

/** From the first moment until now, so that charts below one another can be compared. */
function timesOf(moments: readonly string[]): Times {
  const [now, first] = [Date.now(), Math.min(...moments.map((each) => Date.parse(each)))];
  return [Math.min(first, now - DAY_MS), Math.max(now, ...moments.map((each) => Date.parse(each)))];
}

function told(newest: { at: number; standing: Standing } | undefined, words: Record<Standing, string>) {
  return newest ? { is: words[newest.standing], since: newest.at, standing: newest.standing } : { is: undefined, since: null };
}

function Now({ what, is, since, standing }: { what: string; is: string | number | undefined; since: number | null; standing?: Standing }) {
  return (
    <div>
      <dt class="soft">{what}</dt>
      <dd>{standing && is !== undefined ? <Legend of={[[standing, String(is)]]} /> : (is ?? "none yet")}</dd>
      {since !== null && <dd class="soft">{standing ? day(since) : `since ${day(since)}`}</dd>}
    </div>
  );
}

function Steps({ title, steps }: { title: string; steps: readonly Step[] }) {
  return (
    <details class="kind">
      <summary>{title} <span class="soft">{steps.length || "none yet"}</span></summary>
      <ol class="steps">
        {steps.slice(0, 20).map((step) => (
          <li key={`${step.made_at} ${step.words}`}>
            <details>
              <summary><span class="soft">{when(step.made_at)}</span> {step.words}</summary>
              <pre>{JSON.stringify(step.figures, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
    </details>
  );
}
