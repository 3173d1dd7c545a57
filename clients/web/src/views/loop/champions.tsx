// Champions over time: which version answered when, who moved it there and why. Drawn from the channel's history, which
// has what people did by hand, too.

import { apart } from "../../charts/scale";
import type { Loop, Move } from "../../station/loop";
import { when } from "../pieces";
import { day, Plot, type Times } from "./plot";

const ROW = 40;
const MOST = 30;
const TOLD = 5; // moves that are told of at once
const LETTER = 8; // px, at the most on average

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
                {shown.map((move, at) => move.version === version && (
                  <Reign key={move.sequence} move={move} from={starts[at]!} until={starts[at + 1] ?? right} drop={dropOf(versions, shown, at)} />
                ))}
                <Name version={version} from={starts[shown.findIndex((move) => move.version === version)]!} right={right} />
              </g>
            ));
          }}
        </Plot>
        <ul class="legend">
          <li><svg width="22" height="22" viewBox="-11 -11 22 22" aria-hidden="true"><path class="back" d={BACK} /></svg>rolled back to</li>
          <li><svg width="22" height="22" viewBox="-11 -11 22 22" aria-hidden="true"><path class="against" d={AGAINST} /></svg>released against the gate</li>
        </ul>
      </figure>
      <History moves={[...moves].reverse()} />
    </>
  );
}

/** A version's name above its first bar, or ending at the right where it would not fit. */
function Name({ version, from, right }: { version: string; from: number; right: number }) {
  const fits = from + version.length * LETTER <= right;
  return <text class="version" x={fits ? from : right} y="10" text-anchor={fits ? "start" : "end"}>{version}</text>;
}

function History({ moves }: { moves: readonly Move[] }) {
  return (
    <>
      <ol class="steps" aria-label="Newest moves of the champion">
        {moves.slice(0, TOLD).map((move) => <Told key={move.sequence} move={move} />)}
      </ol>
      {moves.length > TOLD && (
        <details>
          <summary>{moves.length - TOLD} earlier</summary>
          <ol class="steps" aria-label="Earlier moves of the champion">
            {moves.slice(TOLD).map((move) => <Told key={move.sequence} move={move} />)}
          </ol>
        </details>
      )}
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
      <rect x={from} y="18" width={Math.max(2, until - from)} height="10" rx="2" />
      {drop !== 0 && <path class="step" d={`M${until} 23v${drop * ROW}`} />}
      {move.kind === "rollback" && <path class="back" d={BACK} transform={`translate(${from + 8} 23)`} />}
      {isAgainst(move) && <path class="against" d={AGAINST} transform={`translate(${from + 8} 23)`} />}
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
