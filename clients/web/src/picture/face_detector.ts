// Finds faces by CenterFace (Xu et al., 2019), a small network that `tools/face_detector.py` made ready.
//
// It answers for each 4 x 4 px of a picture whether a face has its middle there and how large it is. Knows one size: the
// longer side at 640 px, at which a face is found from about 10 px up to the whole picture.

import type { InferenceSession } from "onnxruntime-web/wasm";
import { wasmRuntime, type Runtime } from "../model/runtime";
import { type Pixels, resized } from "../model/resize";
import weights from "./centerface.onnx?url";
import type { Face } from "./faces";

const LONGER_SIDE_PX = 640;
const STEP_PX = 32; // the network halves a picture five times
const CELL_PX = 4;
export const SURE = 0.4; // of 100 photos of welds none reaches it (the most is 0.34); a face 12 px wide has 0.45
const SAME_FACE = 0.3; // overlap, as share of both areas

/** What the network says, each channel rows x columns: one of presence, two of size and offset, down and across. */
export interface Grids {
  presence: Float32Array;
  size: Float32Array;
  offset: Float32Array;
  rows: number;
  columns: number;
}

export class FaceDetector {
  private constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
  ) {}

  /** Fetch the network and make it ready. Throws an Error if it is not on this device and the station does not answer. */
  static async load(): Promise<FaceDetector> {
    const answer = await fetch(weights).catch(() => null);
    if (!answer?.ok) throw new Error("The search for faces is not on this device yet: connect to the station once.");
    const runtime = await wasmRuntime(1);
    return new FaceDetector(runtime, await runtime.open(new Uint8Array(await answer.arrayBuffer())));
  }

  /** Return the faces in an upright picture, RGBA. */
  async find(picture: Pixels): Promise<Face[]> {
    const scale = LONGER_SIDE_PX / Math.max(picture.width, picture.height);
    const side = (px: number) => Math.max(1, Math.round((px * scale) / STEP_PX)) * STEP_PX;
    const [width, height] = [side(picture.width), side(picture.height)];
    const input = this.runtime.tensor(resized(picture, width, height), [1, height, width, 3]);
    const { presence, size, offset } = await this.session.run({ picture: input });
    return facesIn({
      presence: presence!.data as Float32Array, size: size!.data as Float32Array, offset: offset!.data as Float32Array,
      rows: height / CELL_PX, columns: width / CELL_PX,
    });
  }
}

/** Return the faces that the network's grids tell of, the surest first; what overlaps is one face, as large as all. */
export function facesIn({ presence, size, offset, rows, columns }: Grids): Face[] {
  const cells = rows * columns;
  const found: Face[] = [];
  for (let at = 0; at < cells; at++) {
    const score = presence[at]!;
    if (!(score >= SURE)) continue;
    const y = (Math.floor(at / columns) + 0.5 + offset[at]!) / rows;
    const x = (at % columns + 0.5 + offset[cells + at]!) / columns;
    const [halfHeight, halfWidth] = [Math.exp(size[at]!) / rows / 2, Math.exp(size[cells + at]!) / columns / 2];
    const inside = (share: number) => Math.min(1, Math.max(0, share));
    found.push({ box: [inside(x - halfWidth), inside(y - halfHeight), inside(x + halfWidth), inside(y + halfHeight)], score });
  }
  found.sort((one, other) => other.score - one.score);
  const faces: Face[] = [];
  for (const next of found) {
    const same = faces.find((face) => overlap(face.box, next.box) >= SAME_FACE);
    if (same) same.box = around(same.box, next.box);
    else faces.push(next);
  }
  return faces;
}

function overlap(one: Face["box"], other: Face["box"]): number {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (area(one) + area(other) - shared);
}

function area([left, top, right, bottom]: Face["box"]): number {
  return (right - left) * (bottom - top);
}

function around(one: Face["box"], other: Face["box"]): Face["box"] {
  return [Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[2], other[2]), Math.max(one[3], other[3])];
}
