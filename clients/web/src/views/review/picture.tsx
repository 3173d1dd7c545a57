// Pictures from the station, which need the token: fetched, shown through an object URL, and let go again.

import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { MarkedBox } from "../../data/captures";
import { type Given, givenPicture, stationPicture } from "../../station/review";
import { Icon } from "../icons";
import { items, place, seen, unseen } from "./desk";
import { sentence } from "./words";

const LETTERS = 0.035; // of the longer side
const AHEAD = "400px"; // thumbnails are fetched before they are scrolled to

/** How the picture is shown: larger than there is room for, and with the person's boxes. */
export interface Look {
  larger: Signal<boolean>;
  marks: Signal<boolean>;
}

interface Fetched {
  url: string;
  width: number;
  height: number;
  problem: string;
}

const NOTHING: Fetched = { url: "", width: 0, height: 0, problem: "" };

/** Fetch a picture while it is wanted. `turn` changes to try again. */
export function usePicture(path: string, wanted = true, turn = 0): Fetched {
  const fetched = useSignal(NOTHING);
  useEffect(() => {
    if (!wanted) return;
    const leave = new AbortController();
    let url = "";
    stationPicture(path, leave.signal).then(
      async (blob) => {
        if (leave.signal.aborted) return;
        url = URL.createObjectURL(blob);
        const picture = new Image();
        picture.src = url;
        await picture.decode();
        if (!leave.signal.aborted) fetched.value = { url, width: picture.naturalWidth, height: picture.naturalHeight, problem: "" };
      },
    ).catch((error: unknown) => {
      if (!leave.signal.aborted) fetched.value = { ...NOTHING, problem: (error as Error).message };
    });
    return () => {
      leave.abort();
      URL.revokeObjectURL(url);
      fetched.value = NOTHING;
    };
  }, [path, wanted, turn]);
  return fetched.value;
}

/** Say whether a frame has come near the screen. */
export function useNear(frame: RefObject<HTMLElement | null>): boolean {
  const near = useSignal(false);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => { if (entries.some((entry) => entry.isIntersecting)) near.value = true; }, { rootMargin: AHEAD },
    );
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);
  return near.value;
}

/** A small picture in the list, fetched when it comes near the screen. */
export function Thumbnail({ id }: { id: string }) {
  const frame = useRef<HTMLSpanElement>(null);
  const { url, problem } = usePicture(givenPicture(id, "thumbnail"), useNear(frame));
  return (
    <span class="thumb" ref={frame} title={problem || undefined}>
      {url ? <img src={url} alt="" /> : problem && <Icon name="none" />}
    </span>
  );
}

/** The picture with the boxes that the person drew, as large as there is room or larger. */
export function ReviewPicture({ given, look }: { given: Given; look: Look }) {
  const turn = useSignal(0);
  const fetched = usePicture(givenPicture(given.id, "picture"), true, turn.value);
  const { url, width, height, problem } = fetched;
  const letters = (LETTERS * Math.max(width, height)) / (look.larger.value ? 2 : 1);
  const frame = useRef<HTMLElement>(null);
  const centre = useRef(centreOf(given.boxes));
  useEffect(() => {
    seen.value = url ? given.id : "";
    unseen.value = problem ? given.id : "";
    return url ? fetchAhead(items.value[place.value + 1]) : undefined;
  }, [fetched]);
  useEffect(() => {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = frame.current!;
    const [x, y] = centre.current;
    frame.current!.scrollTo(x * scrollWidth - clientWidth / 2, y * scrollHeight - clientHeight / 2);
  }, [look.larger.value, url]);
  const click = (event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    centre.current = shareAt(event, width / height);
    look.larger.value = !look.larger.value;
  };
  return (
    <figure ref={frame} class={look.larger.value ? "looked-at larger" : "looked-at"} aria-busy={!url && !problem}>
      {url && (
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label="The weld" onClick={click}>
          <image href={url} width={width} height={height} />
          {look.marks.value && given.boxes.map((marked, at) => <Mark key={at} marked={marked} width={width} height={height} letters={letters} />)}
        </svg>
      )}
      {!url && !problem && <p role="status">Fetching the picture …</p>}
      {problem && (
        <div class="no-picture" role="alert">
          <p>The picture cannot be shown. {sentence(problem)} Without it the labels can be rejected, not accepted.</p>
          <button type="button" class="button quiet" onClick={() => { turn.value++; }}>Try again</button>
        </div>
      )}
    </figure>
  );
}

/** Fetch the next picture into the browser's cache, so that it is there when it is looked at. Returns what ends it. */
function fetchAhead(next: Given | undefined): (() => void) | undefined {
  if (!next) return undefined;
  const leave = new AbortController();
  stationPicture(givenPicture(next.id, "picture"), leave.signal).catch(() => undefined); // it is fetched again, and then it is said why not
  return () => leave.abort();
}

/** Return what a larger picture shows first, as shares of it: the middle of the first mark. */
function centreOf(boxes: readonly MarkedBox[]): [number, number] {
  const [left, top, right, bottom] = boxes[0]?.box ?? [0, 0, 1, 1];
  return [(left + right) / 2, (top + bottom) / 2];
}

/** Return where in the picture somebody clicked, as shares of it; beside it there are bars. */
function shareAt(event: MouseEvent & { currentTarget: SVGSVGElement }, aspect: number): [number, number] {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  const [wide, high] = [Math.min(width, height * aspect), Math.min(height, width / aspect)];
  return [(event.clientX - left - (width - wide) / 2) / wide, (event.clientY - top - (height - high) / 2) / high];
}

function Mark({ marked: { label, box }, width, height, letters }: { marked: MarkedBox; width: number; height: number; letters: number }) {
  const [left, top, right, bottom] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
  const sides = { x: left, y: top, width: right - left, height: bottom - top, "vector-effect": "non-scaling-stroke" };
  const atRight = left + right > width; // the name begins or ends where there is more room for it
  return (
    <g>
      <rect class="edge" {...sides} />
      <rect {...sides} />
      <text
        x={atRight ? right - letters / 3 : left + letters / 3} y={top + 1.1 * letters} font-size={letters} stroke-width={letters / 5}
        text-anchor={atRight ? "end" : "start"}
      >{label}</text>
    </g>
  );
}
