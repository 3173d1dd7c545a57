// Frames of the camera through the model, as fast as it answers; the picture itself never waits.
//
// A few frames are under way: while the model's workers answer, the next is fetched. Those in between are not looked at.

import type { Answer } from "../model/classifier";
import type { Model } from "../model/model";

const UNDER_WAY = 4; // for each of two workers one that it answers, and one that waits so that it need not
const SHOW_EVERY_MS = 100; // nobody reads faster, and drawing takes time from the model
const LIVE_PX = 640; // a larger frame is shrunk by the browser first: live answers are for aiming, captures for keeping
const PROBLEM_PAUSE_MS = 1000;

/** What came since the last time: at least one answer, the newest last. */
export interface Live {
  answers: Answer[];
  framesPerS: number;
}

/** Answer frame after frame until stopped; returns what stops it. */
export function watch(
  video: HTMLVideoElement, model: Model, show: (live: Live) => void, problem: (text: string) => void,
): () => void {
  let stopped = false;
  let turn: Promise<void> = Promise.resolve();
  const times: number[] = [];
  let answers: Answer[] = [];
  let shownAt = 0;

  function tell(answer: Answer): void {
    const now = performance.now();
    const framesPerS = rate(times, now);
    answers.push(answer);
    if (now - shownAt < SHOW_EVERY_MS) return;
    show({ answers, framesPerS });
    answers = [];
    shownAt = now;
  }

  async function look(): Promise<void> {
    while (!stopped) {
      try {
        await (turn = turn.then(() => nextFrame(video))); // each frame is looked at once
        if (stopped) return;
        const answer = await model.frame(await shrunk(video));
        if (!stopped) tell(answer);
      } catch (error) {
        if (!stopped) problem((error as Error).message);
        await new Promise((wake) => setTimeout(wake, PROBLEM_PAUSE_MS));
      }
    }
  }

  for (let started = 0; started < UNDER_WAY; started++) void look();
  return () => {
    stopped = true;
  };
}

function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((seen) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => seen());
    else requestAnimationFrame(() => seen());
  });
}

function shrunk(video: HTMLVideoElement): Promise<ImageBitmap> {
  const scale = Math.min(1, LIVE_PX / Math.max(video.videoWidth, video.videoHeight));
  if (scale === 1) return createImageBitmap(video);
  const size = { resizeWidth: Math.round(video.videoWidth * scale), resizeHeight: Math.round(video.videoHeight * scale) };
  return createImageBitmap(video, { ...size, resizeQuality: "medium" });
}

/** Note a moment and return how many there were in the last two seconds, each second. */
export function rate(times: number[], now: number): number {
  times.push(now);
  while (times[0]! < now - 2000) times.shift();
  const span = now - times[0]!;
  return span > 0 ? ((times.length - 1) * 1000) / span : 0;
}
