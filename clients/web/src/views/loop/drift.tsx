// Drift over time: each check as a mark, and where there were labels the AUC of each class against its limit.

import type { Check, Standing } from "../../charts/history";
import { apart } from "../../charts/scale";
import { day, Figures, Legend, Mark, Plot, type Times, Whisker, withInterval } from "./plot";

export const DRIFT_WORDS: Record<Standing, string> = { good: "no drift", bad: "drift", unsure: "not enough to say" };
const MOST = 40;
const GAP = 15; // px between marks

export function DriftChart({ checks, times }: { checks: readonly Check[]; times: Times }) {
  if (!checks.length) {
    return (
      <p>
        Nobody has looked for drift yet. Once pictures were collected that the champion has not learned from, <code>beadwatch flows run check-drift</code> looks;
        it also runs by itself after each collection.
      </p>
    );
  }
  const shown = checks.slice(-MOST);
  const last = shown.at(-1)!;
  const classes = [...new Set(shown.flatMap((check) => Object.keys(check.auc)))].sort();
  const drifted = shown.filter((check) => check.standing === "bad").length;
  const rows = shown.map((check) => [
    day(check.at), DRIFT_WORDS[check.standing], check.pictures ?? "", check.model,
    ...classes.map((name) => check.auc[name] ? interval(check, name) : ""),
  ]);
  return (
    <figure class="chart">
      <Plot label={`${shown.length} checks, ${drifted} of them found drift; the last one, on ${day(last.at)}: ${DRIFT_WORDS[last.standing]}`} height={56} times={times}>
        {({ x, y, left, right }) => {
          const places = apart(shown.map((check) => x(check.at)), GAP, left, right);
          return shown.map((check, at) => (
            <Mark key={check.at} standing={check.standing} x={places[at]!} y={y(0.35)} says={`${day(check.at)}: ${DRIFT_WORDS[check.standing]}`} />
          ));
        }}
      </Plot>
      <Legend of={[["good", "no drift"], ["bad", "drift, or AUC surely under its limit"], ["unsure", "not enough to say"]]} />
      <p><b>{day(last.at)}, {DRIFT_WORDS[last.standing]}:</b> {last.words}</p>
      {classes.length === 0 && <p class="soft">No check had labels enough to tell how well the model does.</p>}
      <div class="multiples">{classes.map((name) => <OneClass key={name} name={name} checks={shown} times={times} />)}</div>
      <Figures name="Checks for drift" heads={["Check of", "Verdict", "Pictures", "Model", ...classes.map((name) => `AUC of ${name}`)]} rows={rows} />
    </figure>
  );
}

/** The AUC of one class at each check. */
function OneClass({ name, checks, times }: { name: string; checks: readonly Check[]; times: Times }) {
  const known = checks.filter((check) => check.auc[name]);
  const last = known.at(-1)!;
  const limit = limitOf(last, name);
  const low = Math.min(0.5, limit, ...known.map((check) => check.auc[name]!.low));
  const label = `AUC of ${name}: ${interval(last, name)} on ${day(last.at)}, ${last.auc[name]!.value < limit ? "below" : "above"} the limit of ${limit.toFixed(2)}`;
  return (
    <section class="multiple">
      <h3>{name} <span class="soft">AUC {last.auc[name]!.value.toFixed(2)}</span></h3>
      <Plot label={label} height={130} times={times} values={[Math.floor(low * 10) / 10, 1]} told={(value) => value.toFixed(1)}>
        {({ x, y, left, right }) => {
          const places = apart(known.map((check) => x(check.at)), GAP, left, right);
          return (
            <>
              <line class="limit" x1={left} x2={right} y1={y(limit)} y2={y(limit)} />
              <text class="limit" x={right} y={y(limit) + 14} text-anchor="end">limit {limit.toFixed(2)}</text>
              {known.map((check, at) => (
                <g key={check.at}>
                  <Whisker x={places[at]!} from={y(check.auc[name]!.low)} to={y(check.auc[name]!.high)} />
                  <Mark
                    standing={check.alarms.includes(name) ? "bad" : "good"} x={places[at]!} y={y(check.auc[name]!.value)}
                    says={`${day(check.at)}: AUC of ${name} ${interval(check, name)}`}
                  />
                </g>
              ))}
            </>
          );
        }}
      </Plot>
    </section>
  );
}

function limitOf(check: Check, name: string): number {
  return check.limits[name] ?? check.limit;
}

function interval(check: Check, name: string): string {
  const { value, low, high } = check.auc[name]!;
  return withInterval(value, low, high, (each) => each.toFixed(2));
}
