// Pictures from the station, which need the token: fetched, shown through an object URL, and let go again.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { MarkedBox } from "../../data/captures";
import { type Given, givenPicture } from "../../station/review";
import { Icon } from "../icons";
import { seen, unseen } from "./desk";
import { sentence } from "./words";

const AHEAD = "400px"; // thumbnails are fetched before they are scrolled to

interface Fetched {
  url: string;
  problem: string;
}

const NOTHING: Fetched = { url: "", problem: "" };

/** Fetch a picture while it is wanted. `turn` changes to try again. */
function usePicture(id: string, size: "thumbnail" | "picture", wanted = true, turn = 0): Fetched {
  const fetched = useSignal(NOTHING);
  useEffect(() => {
    if (!wanted) return;
    const leave = new AbortController();
    let url = "";
    givenPicture(id, size, leave.signal).then(
      (blob) => {
        if (leave.signal.aborted) return;
        url = URL.createObjectURL(blob);
        fetched.value = { url, problem: "" };
      },
      (error: unknown) => { if (!leave.signal.aborted) fetched.value = { url: "", problem: (error as Error).message }; },
    );
    return () => {
      leave.abort();
      URL.revokeObjectURL(url);
      fetched.value = NOTHING;
    };
  }, [id, size, wanted, turn]);
  return fetched.value;
}

/** A small picture in the list, fetched when it comes near the screen. */
export function Thumbnail({ id }: { id: string }) {
  const frame = useRef<HTMLSpanElement>(null);
  const near = useSignal(false);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => { if (entries.some((entry) => entry.isIntersecting)) near.value = true; }, { rootMargin: AHEAD },
    );
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);
  const { url, problem } = usePicture(id, "thumbnail", near.value);
  return (
    <span class="thumb" ref={frame} title={problem || undefined}>
      {url ? <img src={url} alt="" /> : problem && <Icon name="none" />}
    </span>
  );
}

/** The picture with the boxes that the person drew. */
export function ReviewPicture({ given, full, marks }: { given: Given; full: boolean; marks: boolean }) {
  const turn = useSignal(0);
  const { url, problem } = usePicture(given.id, "picture", true, turn.value);
  useEffect(() => { unseen.value = problem ? given.id : ""; }, [problem]);
  return (
    <figure class={full ? "looked-at full" : "looked-at"} aria-busy={!url && !problem}>
      {url && (
        <div class="marked">
          <img src={url} alt="the weld" onLoad={() => { seen.value = given.id; }} />
          {marks && <Boxes boxes={given.boxes} />}
        </div>
      )}
      {!url && !problem && <p class="soft" role="status">Fetching the picture …</p>}
      {problem && (
        <div class="no-picture" role="alert">
          <p>The picture cannot be shown. {sentence(problem)} Without it the labels can be rejected, not accepted.</p>
          <button type="button" class="button quiet" onClick={() => { turn.value++; }}>Try again</button>
        </div>
      )}
    </figure>
  );
}

function Boxes({ boxes }: { boxes: readonly MarkedBox[] }) {
  return (
    <svg aria-hidden="true">
      {boxes.map(({ label, box: [left, top, right, bottom] }, at) => {
        const sides = { x: share(left), y: share(top), width: share(right - left), height: share(bottom - top) };
        const atRight = left > 0.6;
        return (
          <g key={at}>
            <rect class="edge" {...sides} />
            <rect {...sides} />
            <text x={share(atRight ? right : left)} y={share(top)} dx={atRight ? -6 : 6} dy={20} text-anchor={atRight ? "end" : "start"}>{label}</text>
          </g>
        );
      })}
    </svg>
  );
}

function share(of: number): string {
  return `${(100 * of).toFixed(3)}%`;
}
