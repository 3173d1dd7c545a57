// Champions over time: which version answered when, who moved it there and why. Drawn from the channel's history, which
// has what people did by hand, too.

import { apart } from "../../charts/scale";
import type { Loop, Move } from "../../station/loop";
import { when } from "../pieces";
import { day, Plot, type Times } from "./plot";

const ROW = 36;
const MOST = 30;

export function ChampionsChart({ moves, problem, times }: { moves: Loop["moves"]; problem: string; times: Times }) {
  if (moves === null) {
    return <p>This station follows no release channel. <code>BEADWATCH_RELEASES_URL</code> names one: a folder or a bucket.</p>;
  }
  const warning = problem && <p class="problem" role="status">The history may be behind: {problem}</p>;
  if (!moves.length) return <>{warning}<p>Nothing was released yet. <code>beadwatch models promote</code> releases the first model.</p></>;
  const shown = moves.slice(-MOST);
  const versions = [...new Set(shown.map((move) => move.version))];
  const last = shown.at(-1)!;
  const back = shown.filter((move) => move.kind === "rollback").length;
  const label = `${versions.length} versions by ${shown.length} moves, ${back} of them back; since ${day(Date.parse(last.at))} the champion is ${last.version}`;
  return (
    <>
      {warning}
      <figure class="chart">
        <Plot label={label} height={versions.length * ROW + 30} times={times}>
          {({ x, left, right }) => {
            const starts = apart(shown.map((move) => x(Date.parse(move.at))), 4, left, right);
            return versions.map((version, row) => (
              <g key={version} transform={`translate(0 ${row * ROW + 6})`}>
                <text class="version" x={left} y="12">{version}</text>
                {shown.map((move, at) => move.version === version && (
                  <Reign key={move.sequence} move={move} from={starts[at]!} until={starts[at + 1] ?? right} drop={dropOf(versions, shown, at)} />
                ))}
              </g>
            ));
          }}
        </Plot>
        <ul class="legend">
          <li><svg width="22" height="22" viewBox="-11 -11 22 22" aria-hidden="true"><path class="back" d={BACK} /></svg>rolled back to</li>
          <li><svg width="22" height="22" viewBox="-11 -11 22 22" aria-hidden="true"><path class="against" d={AGAINST} /></svg>released against the gate</li>
        </ul>
      </figure>
      <ol class="steps moves" aria-label="Moves of the champion">
        {[...shown].reverse().map((move) => <Told key={move.sequence} move={move} />)}
      </ol>
    </>
  );
}

const BACK = "M-8 0L3 -7V7Z";
const AGAINST = "M-7 7L0 -7L7 7Z";

/** How many rows the line goes to the version that came next. */
function dropOf(versions: readonly string[], shown: readonly Move[], at: number): number {
  const next = shown[at + 1];
  return next ? versions.indexOf(next.version) - versions.indexOf(shown[at]!.version) : 0;
}

function Reign({ move, from, until, drop }: { move: Move; from: number; until: number; drop: number }) {
  return (
    <g class="reign">
      <title>{`${move.version} from ${when(move.at)}, by ${move.by}: ${move.why}`}</title>
      <rect x={from} y="17" width={Math.max(2, until - from)} height="10" rx="2" />
      {drop !== 0 && <path class="step" d={`M${until} 22v${drop * ROW}`} />}
      {move.kind === "rollback" && <path class="back" d={BACK} transform={`translate(${from + 8} 22)`} />}
      {isAgainst(move) && <path class="against" d={AGAINST} transform={`translate(${from + 8} 22)`} />}
    </g>
  );
}

/** A way back has the override of the move that it goes back to: that was told of there. */
function isAgainst(move: Move): boolean {
  return move.kind === "publish" && move.override !== null;
}

function Told({ move }: { move: Move }) {
  const what = move.kind === "rollback" ? "rolled back to" : isAgainst(move) ? "released against the gate" : "released";
  return (
    <li>
      <details>
        <summary>
          <span class="soft">{when(move.at)} · move {move.sequence}</span> <b>{move.version}</b> {what} by {move.by}: {move.why}
        </summary>
        <pre>{JSON.stringify({ verdict: move.verdict, override: move.override }, null, 2)}</pre>
      </details>
    </li>
  );
}
