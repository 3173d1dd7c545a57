// PNG without metadata, by its bytes (W3C PNG, third edition): pixels, transparency and what colours mean stay.
//
// An animation becomes its still picture. Does not look into the coded pixels and does not check the chunks' sums.

import { bytesOf, joined, standsAt } from "./bytes";
import { orientationOf, tiffOf } from "./exif";

export const PNG = bytesOf("\x89PNG\r\n\x1a\n");

const KEPT = new Set(["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "pHYs"]);

/** Return a PNG without metadata; its orientation stays. Throws an Error if its structure is damaged. */
export function pngWithoutMetadata(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  let orientation = 1;
  for (let at = PNG.length; !seen.has("IEND");) {
    if (at + 12 > bytes.length) throw damaged("breaks off");
    const end = at + 12 + view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length) throw damaged("breaks off");
    if (!/^[A-Za-z]{4}$/.test(kind)) throw damaged("has bytes where none belong");
    if (!seen.size && kind !== "IHDR") throw damaged("does not begin with its size");
    if (kind === "eXIf") orientation = orientationOf(bytes.subarray(at + 8, end - 4));
    if (KEPT.has(kind)) kept.push(bytes.subarray(at, end));
    else if (/^[A-Z]/.test(kind)) throw damaged(`has an unknown part ${kind}`);
    seen.add(kind);
    at = end;
  }
  if (!seen.has("IDAT")) throw damaged("holds no picture");
  const exif = orientation > 1 ? [chunk("eXIf", tiffOf(orientation))] : [];
  return joined([PNG, kept[0]!, ...exif, ...kept.slice(1)]);
}

function chunk(kind: string, content: Uint8Array): Uint8Array {
  const result = joined([new Uint8Array(4), bytesOf(kind), content, new Uint8Array(4)]);
  const view = new DataView(result.buffer);
  view.setUint32(0, content.length);
  view.setUint32(result.length - 4, crc32(result.subarray(4, -4)));
  return result;
}

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** Say whether bytes begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return standsAt(bytes, 0, PNG);
}

function damaged(how: string): Error {
  return new Error(`This PNG is damaged: it ${how}. Take or choose another picture.`);
}
