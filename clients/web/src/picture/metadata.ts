// Takes what a picture tells beside its pixels off it: place, time, device, comments. On the device, before anything else.
//
// JPEG, PNG and WebP keep their pixels to the last bit. What else the browser can read (HEIC, AVIF, GIF, BMP) becomes
// an upright JPEG. A file that is damaged is refused: nothing leaves the device that was not understood.

import { asJpeg, drawn } from "./encode";
import { jpegWithoutMetadata } from "./jpeg";
import { isPng, pngWithoutMetadata } from "./png";
import { isWebp, webpWithoutMetadata } from "./webp";

const MEGABYTE = 1024 * 1024;
const MOST_BYTES = (32 - 1) * MEGABYTE; // a station takes 32 unless it is told otherwise; feedback goes along
const SMALLER = 0.7; // of each side: about half the bytes

/** Return a picture without metadata that a station takes. Throws an Error that says what is wrong with the file. */
export async function withoutMetadata(file: Blob): Promise<Blob> {
  const clean = stripped(new Uint8Array(await file.arrayBuffer())) ?? (await asJpeg(await drawn(file)));
  let small = clean;
  for (let share = 1; small.size > MOST_BYTES; share *= SMALLER) small = await asJpeg(await drawn(clean, share));
  return small;
}

/** Return a picture without metadata by its bytes, or null where it has to be written anew. Throws an Error if damaged. */
export function stripped(bytes: Uint8Array): Blob | null {
  if (!bytes.length) throw new Error("The picture is empty. Take or choose another one.");
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return new Blob([jpegWithoutMetadata(bytes)], { type: "image/jpeg" });
  if (isPng(bytes)) return new Blob([pngWithoutMetadata(bytes)], { type: "image/png" });
  const webp = isWebp(bytes) && webpWithoutMetadata(bytes);
  return webp ? new Blob([webp], { type: "image/webp" }) : null;
}
