// A picture with what is laid over it: the heat of the evidence, and boxes that a person draws.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { MarkedBox } from "../data/captures";
import { type Box, type Evidence, upsampled } from "../model/evidence";

// viridis (Smith and van der Walt, 2015, CC0), as the station's heat maps
const VIRIDIS = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
  [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
] as const;
const OPACITY = 0.65;
const HEAT_PX = 128;
const SMALLEST_BOX = 0.02; // of a side; less is a tap, not a box

interface Props {
  url: string;
  evidence: readonly Evidence[];
  boxes: readonly MarkedBox[];
  /** The class that a drag over the picture marks, or "". */
  drawing: string;
  onBoxes: (boxes: MarkedBox[]) => void;
}

export function Stage({ url, evidence, boxes, drawing, onBoxes }: Props) {
  const shown = useSignal("");
  const stage = useRef<HTMLDivElement>(null);
  const drag = useSignal<{ from: [number, number]; to: [number, number] } | null>(null);
  const heat = evidence.find((each) => each.label === shown.value);
  useEffect(() => {
    if (drawing) stage.current!.scrollIntoView({ block: "nearest" }); // the button stands below the picture
  }, [drawing]);
  const place = (event: PointerEvent): [number, number] => {
    const { left, top, width, height } = stage.current!.getBoundingClientRect();
    return [clamp((event.clientX - left) / width), clamp((event.clientY - top) / height)];
  };
  const down = (event: PointerEvent) => {
    if (!drawing) return;
    stage.current!.setPointerCapture(event.pointerId);
    drag.value = { from: place(event), to: place(event) };
  };
  const move = (event: PointerEvent) => {
    if (drag.value) drag.value = { ...drag.value, to: place(event) };
  };
  const up = () => {
    const box = drag.value && boxOf(drag.value.from, drag.value.to);
    drag.value = null;
    if (box && box[2] - box[0] > SMALLEST_BOX && box[3] - box[1] > SMALLEST_BOX) onBoxes([...boxes, { label: drawing, box }]);
  };
  return (
    <figure class="stage-figure">
      <div
        class={drawing ? "stage drawing" : "stage"} ref={stage}
        onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={() => { drag.value = null; }}
      >
        <img src={url} alt="the weld" draggable={false} />
        {heat && <Heat evidence={heat} />}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          {evidence.map((each) => <Outline key={each.label} box={each.box} kind="found" />)}
          {boxes.map((each, at) => <Outline key={at} box={each.box} kind="marked" />)}
          {drag.value && <Outline box={boxOf(drag.value.from, drag.value.to)} kind="marked" />}
        </svg>
      </div>
      {(evidence.length > 0 || boxes.length > 0) && (
        <figcaption class="buttons">
          {evidence.map((each) => (
            <button
              key={each.label} type="button" class="quiet" aria-pressed={shown.value === each.label}
              onClick={() => { shown.value = shown.value === each.label ? "" : each.label; }}
            >Heat: {each.label}</button>
          ))}
          {boxes.length > 0 && <button type="button" class="quiet" onClick={() => onBoxes(boxes.slice(0, -1))}>Remove last mark</button>}
        </figcaption>
      )}
    </figure>
  );
}

function Outline({ box, kind }: { box: Box; kind: string }) {
  const [left, top, right, bottom] = box.map((share) => share * 100) as Box;
  return <rect class={kind} x={left} y={top} width={right - left} height={bottom - top} vector-effect="non-scaling-stroke" />;
}

function Heat({ evidence }: { evidence: Evidence }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { values } = upsampled(evidence.heat, HEAT_PX, HEAT_PX);
    const picture = new ImageData(HEAT_PX, HEAT_PX);
    values.forEach((value, at) => picture.data.set(colour(value), at * 4));
    canvas.current!.getContext("2d")!.putImageData(picture, 0, 0);
  }, [evidence]);
  return <canvas ref={canvas} class="heat" width={HEAT_PX} height={HEAT_PX} />;
}

/** Return the colour of a heat of 0..1, RGBA: cold is clear. */
function colour(heat: number): [number, number, number, number] {
  const place = heat * (VIRIDIS.length - 1);
  const at = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const [low, high, share] = [VIRIDIS[at]!, VIRIDIS[at + 1]!, place - at];
  const mixed = [0, 1, 2].map((channel) => low[channel]! + share * (high[channel]! - low[channel]!)) as [number, number, number];
  return [...mixed, 255 * OPACITY * heat];
}

function boxOf(from: [number, number], to: [number, number]): Box {
  return [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
