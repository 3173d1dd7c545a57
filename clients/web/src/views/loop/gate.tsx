// The gate's verdicts over time: how far each challenger's macro AUC was from the champion's, with its interval.

import type { Difference, Standing, Verdict } from "../../charts/history";
import { apart } from "../../charts/scale";
import { day, Figures, Legend, Mark, Plot, signed, type Times, Whisker, withInterval } from "./plot";

export const GATE_WORDS: Record<Standing, string> = { good: "passed", bad: "held", unsure: "" };
const PARTS = { frozen: "Frozen test part", fresh: "New data" } as const;
const MOST = 40;
const GAP = 15;

export function GateChart({ verdicts, times }: { verdicts: readonly Verdict[]; times: Times }) {
  if (!verdicts.length) {
    return <p>No challenger was judged yet. <code>beadwatch flows run retrain</code> trains one where drift or enough new data ask for it.</p>;
  }
  const shown = verdicts.slice(-MOST);
  const all = shown.flatMap((each) => [each.frozen, each.fresh]).flatMap((each) => (each ? [each.difference, each.low, each.high] : []));
  const known = all.filter((each) => each !== null);
  const values = [Math.min(-0.02, ...known), Math.max(0.02, ...known)] as const;
  const rows = shown.map((each) => [
    day(each.at), each.challenger, each.champion, told(each), figure(each.frozen), figure(each.fresh),
  ]);
  return (
    <figure class="chart">
      <div class="multiples">
        {(["frozen", "fresh"] as const).map((part) => <Part key={part} part={part} verdicts={shown} values={values} times={times} />)}
      </div>
      <Legend of={[["good", "passed"], ["bad", "held"], ["ring", "released against the gate"]]} />
      <figcaption class="soft">Macro AUC of the challenger minus the champion's, with 95 % intervals. Above 0 the challenger is better.</figcaption>
      <Figures name="Verdicts of the gate" heads={["Judged", "Challenger", "Champion", "Verdict", PARTS.frozen, PARTS.fresh]} rows={rows} />
    </figure>
  );
}

function Part({ part, verdicts, values, times }: {
  part: keyof typeof PARTS; verdicts: readonly Verdict[]; values: readonly [number, number]; times: Times;
}) {
  const known = verdicts.filter((each) => each[part]);
  const last = known.at(-1);
  const label = last ? `${PARTS[part]}: ${known.length} verdicts; the last challenger, ${last.challenger}, ${figure(last[part])}, ${told(last)}` : `${PARTS[part]}: no figures`;
  return (
    <section class="multiple">
      <h3>{PARTS[part]}</h3>
      <Plot label={label} height={170} times={times} values={values} told={(value) => (value === 0 ? "0" : signed(value).replace(/0$/, ""))}>
        {({ x, y, left, right }) => {
          const places = apart(known.map((each) => x(each.at)), GAP, left, right);
          return (
            <>
              <line class="limit" x1={left} x2={right} y1={y(0)} y2={y(0)} />
              {known.map((each, at) => <Dot key={`${each.at} ${each.challenger}`} verdict={each} by={each[part]!} x={places[at]!} y={y} />)}
            </>
          );
        }}
      </Plot>
    </section>
  );
}

function Dot({ verdict, by, x, y }: { verdict: Verdict; by: Difference; x: number; y: (value: number) => number }) {
  return (
    <g>
      {by.low !== null && by.high !== null && <Whisker x={x} from={y(by.low)} to={y(by.high)} />}
      <Mark standing={verdict.standing} x={x} y={y(by.difference)} ring={verdict.override !== null} says={`${day(verdict.at)}: ${verdict.challenger} ${figure(by)}, ${told(verdict)}`} />
    </g>
  );
}

function figure(by: Difference | null): string {
  return by ? withInterval(by.difference, by.low, by.high, signed) : "no figure";
}

function told({ standing, override }: Verdict): string {
  return override ? `${GATE_WORDS[standing]}, released by ${override.name}: ${override.reason}` : GATE_WORDS[standing];
}
