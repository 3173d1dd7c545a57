// Hides faces before a picture is kept or sent.
//
// The detector is fetched only when somebody asks for faces. What it misses stays visible: it finds the faces of people
// in view, not every blurred or covered one, so the page must not promise more.

import { asJpeg, drawn } from "./encode";
import type { FacesReply } from "./face_worker";

/** A face: left, top, right, bottom as shares of the upright picture, and how sure the detector is, 0 to 1. */
export interface Face {
  box: [number, number, number, number];
  score: number;
}

const LARGER = 1.5; // of each side of what is hidden: ears, hair and chin can tell who it is, too
const CELLS = 5; // across what is hidden: nobody is known by 5 x 5 colours

let worker: Worker | null = null;
let asked = 0;

/** Fetch the detector, so that it is on this device when it is offline. */
export async function fetchFaceDetector(): Promise<void> {
  await ask(null);
}

/** Return the faces in a picture. Throws an Error if it cannot be looked at. */
export function findFaces(file: Blob): Promise<Face[]> {
  return ask(file);
}

function ask(file: Blob | null): Promise<Face[]> {
  worker ??= new Worker(new URL("./face_worker.ts", import.meta.url), { type: "module" });
  const [detector, id] = [worker, ++asked];
  return new Promise((done, failed) => {
    const settle = (event: MessageEvent<FacesReply>) => {
      if (event.data.id !== id) return;
      end();
      if ("error" in event.data) failed(new Error(event.data.error));
      else done(event.data.faces);
    };
    const fail = () => {
      end();
      worker = null;
      failed(new Error("The search for faces could not start: connect to the station once."));
    };
    const end = () => {
      detector.removeEventListener("message", settle);
      detector.removeEventListener("error", fail);
    };
    detector.addEventListener("message", settle);
    detector.addEventListener("error", fail);
    detector.postMessage({ id, file });
  });
}

/** Return a picture whose faces are hidden, as JPEG; the same one if there are none. */
export async function withoutFaces(file: Blob, faces: readonly Face[]): Promise<Blob> {
  if (!faces.length) return file;
  const canvas = await drawn(file);
  for (const face of faces) hide(canvas, face);
  return await asJpeg(canvas);
}

/** Replace a place and its surroundings by a few mean colours that run into each other. */
function hide(canvas: OffscreenCanvas, { box: [left, top, right, bottom] }: Face): void {
  const context = canvas.getContext("2d", { alpha: false })!;
  const [x, width] = widened(left, right, canvas.width);
  const [y, height] = widened(top, bottom, canvas.height);
  const colours = new OffscreenCanvas(CELLS, CELLS);
  colours.getContext("2d")!.putImageData(new ImageData(means(context.getImageData(x, y, width, height)), CELLS), 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(colours, x, y, width, height);
}

/** Return where a larger stretch begins and how long it is, in whole pixels inside the picture. */
export function widened(from: number, to: number, px: number): [number, number] {
  const [middle, half] = [((from + to) / 2) * px, (((to - from) / 2) * px * LARGER)];
  const start = Math.min(px - 1, Math.max(0, Math.floor(middle - half)));
  const end = Math.max(start + 1, Math.min(px, Math.ceil(middle + half)));
  return [start, end - start];
}

/** Return the mean colours of 5 x 5 cells of a picture, RGBA; a picture smaller than that repeats some. */
export function means({ data, width, height }: Pick<ImageData, "data" | "width" | "height">): Uint8ClampedArray<ArrayBuffer> {
  const result = new Uint8ClampedArray(CELLS * CELLS * 4);
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    const [left, right] = stretch(cell % CELLS, width);
    const [top, bottom] = stretch(Math.floor(cell / CELLS), height);
    for (let channel = 0; channel < 4; channel++) {
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += data[(y * width + x) * 4 + channel]!;
      result[cell * 4 + channel] = sum / ((right - left) * (bottom - top));
    }
  }
  return result;
}

function stretch(cell: number, px: number): [number, number] {
  const start = Math.min(px - 1, Math.floor((cell * px) / CELLS));
  return [start, Math.max(start + 1, Math.floor(((cell + 1) * px) / CELLS))];
}
