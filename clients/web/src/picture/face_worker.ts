// The worker that looks for faces, so that the page does not stand still meanwhile. One picture at a time, in order.

import { decoded } from "./decode";
import { FaceDetector } from "./face_detector";
import type { Face } from "./faces";

export type FacesReply = { id: number; faces: Face[] } | { id: number; error: string };

let detector: Promise<FaceDetector> | null = null;
let queue = Promise.resolve();

self.onmessage = (event: MessageEvent<{ id: number; file: Blob | null }>) => {
  queue = queue.then(() => respond(event.data.id, event.data.file));
};

/** Answer with the faces in a picture; without a picture, only see that the detector is here. */
async function respond(id: number, file: Blob | null): Promise<void> {
  try {
    const ready = await loaded();
    self.postMessage({ id, faces: file ? await ready.find(await decoded(file)) : [] });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

async function loaded(): Promise<FaceDetector> {
  detector ??= FaceDetector.load();
  try {
    return await detector;
  } catch (error) {
    detector = null; // the next picture tries again
    throw error;
  }
}
