// How data grows: pictures in the set at each snapshot, and each class of them.

import type { Growth } from "../../charts/history";
import { linear, type Scale } from "../../charts/scale";
import { day, Figures, type Place, Plot, shortDay, type Times } from "./plot";

export function GrowthChart({ growth, times }: { growth: readonly Growth[]; times: Times }) {
  if (!growth.length) {
    return <p>Nothing was collected yet. Accept corrections on the review page; <code>beadwatch flows run collect</code> freezes them into the set.</p>;
  }
  const [first, last] = [growth[0]!, growth.at(-1)!];
  const label = `The set grew from ${first.pictures} pictures on ${day(first.at)} to ${last.pictures} on ${day(last.at)}, in ${growth.length} snapshots`;
  const classes = namesOf(growth);
  const rows = growth.map((each) => [day(each.at), each.pictures, `+${each.added}`, ...classes.map((name) => each.classes?.[name] ?? ""), each.snapshot.slice(0, 12)]);
  return (
    <figure class="chart">
      <Plot label={label} height={180} times={times} values={[0, Math.max(...growth.map((each) => each.pictures)) * 1.05]}>
        {(place) => <Steps growth={growth} place={place} until={times[1]} />}
      </Plot>
      <figcaption class="soft">{last.pictures} pictures since {day(last.at)}, {last.added} of them new then.</figcaption>
      <ByClass growth={growth} classes={classes} times={times} />
      <Figures name="Pictures in the set" heads={["Snapshot of", "Pictures", "New", ...classes, "Hash"]} rows={rows} />
    </figure>
  );
}

function Steps({ growth, place: { x, y, bottom }, until }: { growth: readonly Growth[]; place: Place; until: number }) {
  const line = stepped(growth.map((each) => [each.at, each.pictures] as const), x, y, until);
  return (
    <>
      <path class="area" d={`${line}V${bottom}H${x(growth[0]!.at)}Z`} />
      <path class="line" d={line} />
      {growth.map((each) => (
        <circle key={each.at} class="dot" cx={x(each.at)} cy={y(each.pictures)} r="4">
          <title>{`${day(each.at)}: ${each.pictures} pictures, ${each.added} new`}</title>
        </circle>
      ))}
    </>
  );
}

/** Each class by a line of its own, from 0 to its most: classes of a picture overlap, so that they do not add up. */
function ByClass({ growth, classes, times }: { growth: readonly Growth[]; classes: readonly string[]; times: Times }) {
  const known = growth.filter((each) => each.classes);
  if (!known.length) return null;
  const x = linear(times, [0, 100]);
  const [first, last] = [known[0]!, known.at(-1)!];
  return (
    <table class="by-class" aria-label="Pictures in the set by class">
      <thead><tr><th scope="col">Class</th><th scope="col" class="drawn">Over time</th><th scope="col">Now</th><th scope="col">Since {shortDay(first.at)}</th></tr></thead>
      <tbody>
        {classes.map((name) => {
          const counts = known.map((each) => [each.at, each.classes![name] ?? 0] as const);
          const y = linear([0, Math.max(1, ...counts.map(([, count]) => count))], [23, 1]);
          const now = last.classes![name] ?? 0;
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="drawn">
                <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
                  <path class="line" d={stepped(counts, x, y, times[1])} />
                </svg>
              </td>
              <td>{now}</td><td>{change(now - (first.classes![name] ?? 0))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function stepped(values: readonly (readonly [at: number, value: number])[], x: Scale, y: Scale, until: number): string {
  const [[at, value]] = values as [readonly [number, number]];
  return `M${x(at)} ${y(value)}${values.slice(1).map(([moment, each]) => `H${x(moment)}V${y(each)}`).join("")}H${x(until)}`;
}

/** A set also shrinks, where feedback was deleted. */
function change(by: number): string {
  return by < 0 ? `−${-by}` : `+${by}`;
}

function namesOf(growth: readonly Growth[]): string[] {
  return [...new Set(growth.flatMap((each) => Object.keys(each.classes ?? {})))].sort();
}
