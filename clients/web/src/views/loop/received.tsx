// What arrives from phones, by day, and of it what reviewers accepted.

import type { Day } from "../../station/loop";
import { Figures, Plot } from "./plot";

const DAYS = 30;
const DAY_MS = 86_400_000;
const WIDEST = 40; // of a day's bar, when there are few days

export function ReceivedChart({ days }: { days: readonly Day[] }) {
  if (!days.length) return <p>Nothing has arrived yet. Pair a phone and send a picture.</p>;
  const shown = days.slice(-DAYS);
  const [received, accepted] = [sum(shown, "received"), sum(shown, "accepted")];
  const most = Math.max(...shown.map((each) => each.received));
  const [from, until] = [Date.parse(shown[0]!.day), Date.parse(shown.at(-1)!.day) + DAY_MS];
  return (
    <figure class="chart">
      <Plot label={`${received} corrections on ${shown.length} days, at most ${most} a day; ${accepted} were accepted`} height={140} times={[from, Math.max(until, from + 2 * DAY_MS)]} values={[0, most]}>
        {({ x, y, bottom }) => shown.map((each) => {
          const [left, right] = [x(Date.parse(each.day)), x(Date.parse(each.day) + DAY_MS)];
          const width = Math.min(WIDEST, Math.max(2, right - left - 2));
          return (
            <g key={each.day}>
              <title>{`${each.day}: ${each.received} received, ${each.accepted} accepted`}</title>
              <rect class="received" x={left} width={width} y={y(each.received)} height={bottom - y(each.received)} />
              <rect class="accepted" x={left} width={width} y={y(each.accepted)} height={bottom - y(each.accepted)} />
            </g>
          );
        })}
      </Plot>
      <figcaption class="soft">{received} received (pale, outlined), {accepted} of them accepted so far (solid), {sum(shown, "rejected")} rejected.</figcaption>
      <Figures name="Corrections by day" heads={["Day (UTC)", "Received", "Accepted", "Rejected"]} rows={shown.map((each) => [each.day, each.received, each.accepted, each.rejected])} />
    </figure>
  );
}

function sum(days: readonly Day[], what: "received" | "accepted" | "rejected"): number {
  return days.reduce((all, each) => all + each[what], 0);
}
