// WebP without metadata, by its bytes (RFC 9649): pixels, opacity and colour profile stay.
//
// Knows still pictures; an animation is for others to make a still picture of. Does not look into the coded pixels.

import { bytesOf, joined, standsAt } from "./bytes";
import { EXIF, orientationOf, tiffOf } from "./exif";

const KEPT = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ICCP"]);
const [EXIF_FLAG, XMP_FLAG] = [0x08, 0x04];

/** Say whether bytes begin as a WebP does. */
export function isWebp(bytes: Uint8Array): boolean {
  return standsAt(bytes, 0, bytesOf("RIFF")) && standsAt(bytes, 8, bytesOf("WEBP"));
}

/** Return a WebP without metadata, its orientation kept; null if it moves. Throws an Error if it is damaged. */
export function webpWithoutMetadata(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw damaged("breaks off");
  let orientation = 1;
  for (let at = 12; at < end;) {
    if (at + 8 > end) throw damaged("breaks off");
    const kind = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const next = at + 8 + size + (size % 2);
    if (next > end) throw damaged("breaks off");
    if (kind === "ANIM" || kind === "ANMF") return null;
    if (kind === "EXIF") orientation = orientationIn(bytes.subarray(at + 8, at + 8 + size));
    if (KEPT.has(kind)) kept.push(bytes.slice(at, next));
    seen.add(kind);
    at = next;
  }
  if (!seen.has("VP8 ") && !seen.has("VP8L")) throw damaged("holds no picture");
  const first = kept[0]!;
  if (standsAt(first, 0, bytesOf("VP8X"))) {
    first[8] = (first[8]! & ~(EXIF_FLAG | XMP_FLAG)) | (orientation > 1 ? EXIF_FLAG : 0);
    if (orientation > 1) kept.push(chunk("EXIF", tiffOf(orientation)));
  }
  const body = joined([bytesOf("WEBP"), ...kept]);
  return chunk("RIFF", body);
}

/** Return the orientation of an EXIF chunk, which some programs begin as a JPEG's. */
function orientationIn(content: Uint8Array): number {
  return orientationOf(standsAt(content, 0, EXIF) ? content.subarray(EXIF.length) : content);
}

function chunk(kind: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = joined([bytesOf(kind), new Uint8Array(4), content]);
  new DataView(result.buffer).setUint32(4, content.length, true);
  return result;
}

function damaged(how: string): Error {
  return new Error(`This WebP is damaged: it ${how}. Take or choose another picture.`);
}
