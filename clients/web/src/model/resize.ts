// Bilinear resizing with antialiasing, the same to the last bit as the station's (Pillow's `Image.resize` for 8 bits).
//
// A canvas would be quicker to write and resizes differently in every browser, so that a phone's scores would differ
// from the station's. Method: two passes with a triangle filter as wide as the scale, weights in fixed point of 22
// bits, each pass rounded to 8 bits. Which pass comes first is Pillow's choice since version 13, and shows in last bits:
// a tall photo of a phone comes out otherwise. Knows pixels, not what they show.

export const PRECISION_BITS = 32 - 8 - 2;

/** A picture: RGBA as a canvas gives it, or RGB as a model takes it, 8 bits a channel. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

interface Taps {
  /** First input pixel of each output pixel. */
  first: Int32Array;
  /** How many input pixels count. */
  count: Int32Array;
  /** Their weights, `most` places for each output pixel. */
  weights: Int32Array;
  most: number;
}

const known = new Map<string, Taps>();

/** Return `picture` (RGBA, its opacity is not looked at) as `width` x `height` x 3, RGB. */
export function resized(picture: Pixels, width: number, height: number): Uint8Array {
  if (!downFirst(picture, width, height)) return down(across(picture, width), width * 3, picture.height, height);
  const data = down(picture.data, picture.width * 4, picture.height, height);
  return across({ data, width: picture.width, height }, width);
}

/** Say whether the rows are merged before the columns: where the height shrinks by more than twice the width's pixels. */
export function downFirst(picture: Pick<Pixels, "width" | "height">, width: number, height: number): boolean {
  return height < picture.height && picture.height - height > 2 * (picture.width - width);
}

function across(picture: Pixels, width: number): Uint8Array {
  const { data, height } = picture;
  const rows = new Uint8Array(width * height * 3);
  if (width === picture.width) {
    for (let from = 0, to = 0; to < rows.length; from += 4, to += 3) {
      rows[to] = data[from]!;
      rows[to + 1] = data[from + 1]!;
      rows[to + 2] = data[from + 2]!;
    }
    return rows;
  }
  const { first, count, weights, most } = taps(picture.width, width);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * picture.width;
    for (let x = 0; x < width; x++, to += 3) {
      let red = 1 << (PRECISION_BITS - 1);
      let green = red;
      let blue = red;
      let from = (row + first[x]!) * 4;
      const end = x * most + count[x]!;
      for (let tap = x * most; tap < end; tap++, from += 4) {
        const weight = weights[tap]!;
        red += data[from]! * weight;
        green += data[from + 1]! * weight;
        blue += data[from + 2]! * weight;
      }
      // A triangle's weights are never below 0 and sum to 1: nothing can leave 0..255.
      rows[to] = red >> PRECISION_BITS;
      rows[to + 1] = green >> PRECISION_BITS;
      rows[to + 2] = blue >> PRECISION_BITS;
    }
  }
  return rows;
}

function down<Rows extends Pixels["data"]>(rows: Rows, stride: number, from: number, height: number): Rows | Uint8Array {
  if (from === height) return rows;
  const { first, count, weights, most } = taps(from, height);
  const result = new Uint8Array(stride * height);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (PRECISION_BITS - 1));
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = weights[y * most + tap]!;
      const start = (first[y]! + tap) * stride;
      for (let at = 0; at < stride; at++) sums[at]! += rows[start + at]! * weight;
    }
    const to = y * stride;
    for (let at = 0; at < stride; at++) result[to + at] = sums[at]! >> PRECISION_BITS;
  }
  return result;
}

/** Return the weights that make `to` pixels of `from`; kept, since a camera's frames all have one size. */
function taps(from: number, to: number): Taps {
  const name = `${from}:${to}`;
  const there = known.get(name);
  if (there) return there;
  const scale = from / to;
  const support = Math.max(scale, 1);
  const most = Math.ceil(support) * 2 + 1;
  const made: Taps = { first: new Int32Array(to), count: new Int32Array(to), weights: new Int32Array(to * most), most };
  for (let at = 0; at < to; at++) {
    const centre = (at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const shares: number[] = [];
    let sum = 0;
    for (let pixel = start; pixel < end; pixel++) {
      const share = Math.max(0, 1 - Math.abs((pixel - centre + 0.5) / support));
      shares.push(share);
      sum += share;
    }
    made.first[at] = start;
    made.count[at] = shares.length;
    shares.forEach((share, tap) => {
      made.weights[at * most + tap] = Math.trunc(0.5 + (share / sum) * (1 << PRECISION_BITS));
    });
  }
  if (known.size > 16) known.clear();
  known.set(name, made);
  return made;
}
