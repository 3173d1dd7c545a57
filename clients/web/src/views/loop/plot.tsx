// What every chart of the dashboard is drawn with: a frame with dates and values, marks by shape, and a table of the same
// figures for whoever does not see it. Drawn in pixels of the screen, so that text keeps its size on a phone.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Standing } from "../../charts/history";
import { linear, type Scale, ticks } from "../../charts/scale";

const [LEFT, RIGHT, TOP, BOTTOM] = [44, 14, 12, 24];
const NARROWEST = 200;
const DAY_MS = 86_400_000;
const R = 6;

export type Times = readonly [from: number, until: number];

/** Where things stand: `x` takes a moment, `y` a value. */
export interface Place {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  bottom: number;
}

/** A chart over time. Without `values` it has no scale at its left, and `y` takes shares of its height. */
export function Plot({ label, height, times, values, told = String, children }: {
  label: string; height: number; times: Times; values?: readonly [number, number]; told?: (value: number) => string;
  children: (place: Place) => ComponentChildren;
}) {
  const [frame, width] = useWidth();
  const left = values ? LEFT : R + 2;
  const [right, bottom] = [width - RIGHT, height - BOTTOM];
  const x = linear(times, [left + R, right]);
  const y = linear(values ?? [0, 1], [bottom, TOP]);
  return (
    <div class="plot" ref={frame}>
      <svg role="img" aria-label={label} width={width} height={height}>
        {values && ticks(...values, height > 130 ? 5 : 3).map((value) => (
          <g key={value} class="tick">
            <line x1={left} x2={right} y1={y(value)} y2={y(value)} />
            <text x={left - 6} y={y(value)} dy="0.35em" text-anchor="end">{told(value)}</text>
          </g>
        ))}
        <Dates times={times} x={x} y={height - 6} left={left} right={right} />
        {children({ x, y, left, right, bottom })}
      </svg>
    </div>
  );
}

function Dates({ times: [from, until], x, y, left, right }: { times: Times; x: Scale; y: number; left: number; right: number }) {
  const moments = [from, ...(right - left > 360 ? [(from + until) / 2] : []), until];
  return (
    <g class="dates">
      {moments.map((moment, at) => (
        <text key={at} x={at === 0 ? left : x(moment)} y={y} text-anchor={at === 0 ? "start" : moment === until ? "end" : "middle"}>
          {dated(moment, until - from)}
        </text>
      ))}
    </g>
  );
}

function dated(moment: number, span: number): string {
  if (span >= 2 * DAY_MS) return shortDay(moment);
  return new Date(moment).toLocaleString(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
}

function useWidth() {
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(320);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => { width.value = Math.max(NARROWEST, Math.floor(entry!.contentRect.width)); });
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);
  return [frame, width.value] as const;
}

const SHAPES: Record<Standing, string> = {
  good: `M${R - 1} 0A${R - 1} ${R - 1} 0 1 1 ${1 - R} 0A${R - 1} ${R - 1} 0 1 1 ${R - 1} 0Z`,
  bad: `M0 ${-R - 1}L${R + 1} 0L0 ${R + 1}L${-R - 1} 0Z`,
  unsure: `M${1 - R} ${1 - R}H${R - 1}V${R - 1}H${1 - R}Z`,
};

/** One figure: a circle is good, a diamond is bad, a hollow square says nothing; a ring: a person decided otherwise. */
export function Mark({ standing, x, y, says, ring = false }: { standing: Standing; x: number; y: number; says: string; ring?: boolean }) {
  return (
    <g class={`mark ${standing}`} transform={`translate(${x} ${y})`}>
      <title>{says}</title>
      {ring && <circle class="ring" r={R + 4} />}
      <path d={SHAPES[standing]} />
    </g>
  );
}

/** The interval of a figure, from end to end. */
export function Whisker({ x, from, to }: { x: number; from: number; to: number }) {
  return <path class="whisker" d={`M${x - 3} ${from}h6M${x - 3} ${to}h6M${x} ${from}V${to}`} />;
}

/** Say what the shapes mean. */
export function Legend({ of }: { of: readonly (readonly [standing: Standing | "ring", words: string])[] }) {
  return (
    <ul class="legend">
      {of.map(([standing, words]) => (
        <li key={words}>
          <svg width="22" height="22" viewBox="-11 -11 22 22" aria-hidden="true">
            {standing === "ring" ? <circle class="ring" r={R + 3} /> : <g class={`mark ${standing}`}><path d={SHAPES[standing]} /></g>}
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}

/** The same figures as a table, one row each, the newest first. */
export function Figures({ name, heads, rows }: { name: string; heads: readonly string[]; rows: readonly (readonly ComponentChildren[])[] }) {
  return (
    <details class="figures">
      <summary>{name} as a table</summary>
      <div class="scrolls" tabIndex={0} role="group" aria-label={name}>
        <table aria-label={name}>
          <thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>
            {[...rows].reverse().map(([head, ...cells], row) => (
              <tr key={row}><th scope="row">{head}</th>{cells.map((cell, at) => <td key={at}>{cell}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function shortDay(moment: number): string {
  return new Date(moment).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

export function day(moment: number): string {
  return new Date(moment).toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** Return a figure with its interval, as "0.81 (0.74 to 0.88)". */
export function withInterval(value: number, low: number | null, high: number | null, told: (value: number) => string): string {
  return low === null || high === null ? told(value) : `${told(value)} (${told(low)} to ${told(high)})`;
}

/** A difference with its sign, as a mathematician writes it. */
export function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}
