// JPEG without metadata, by its bytes (ITU-T T.81, annex B): what the pixels need stays, all else goes.
//
// Kept beside the pixels' own segments: JFIF and Adobe's APP14, which say how colours are coded, and the ICC profile,
// without which a phone's wide colours turn dull: a profile names a kind of device and its own date, not the picture's.
// Gone: Exif, XMP, IPTC, maker notes, comments, thumbnails (they can show what was hidden later), and what stands
// behind the picture: more pictures (MPF, HDR gain maps), videos. Does not look into the coded pixels.

import { bytesOf, joined, standsAt } from "./bytes";
import { EXIF, orientationOf, tiffOf } from "./exif";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const [APP0, APP1, APP2, APP14, APP15, COMMENT] = [0xe0, 0xe1, 0xe2, 0xee, 0xef, 0xfe];
const JFIF = bytesOf("JFIF\0");
const ICC = bytesOf("ICC_PROFILE\0");
const ADOBE = bytesOf("Adobe");
const JFIF_BYTES = 14; // of its content, before the thumbnail
const PIXELS = new Set([0xc4, 0xcc, 0xdb, SOS, 0xdc, 0xdd]); // tables, scans, lines, restarts; frames are told by isFrame

/** Return a JPEG without metadata; its orientation stays. Throws an Error if its structure is damaged. */
export function jpegWithoutMetadata(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept: Uint8Array[] = [];
  let jfif: Uint8Array | null = null;
  let orientation = 0;
  let [frames, scans] = [0, 0];
  let at = 2;
  for (;;) {
    at = markerAt(bytes, at);
    const marker = bytes[at + 1]!;
    if (marker === EOI) break;
    const end = segmentEnd(bytes, at);
    const content = bytes.subarray(at + 4, end);
    if (marker === APP0) jfif ??= withoutThumbnail(content);
    else if (marker === APP1 && standsAt(content, 0, EXIF)) orientation ||= orientationOf(content.subarray(EXIF.length));
    else if (marker === APP2 && standsAt(content, 0, ICC)) kept.push(bytes.subarray(at, end));
    else if (marker === APP14 && standsAt(content, 0, ADOBE)) kept.push(bytes.subarray(at, end));
    else if (PIXELS.has(marker) || isFrame(marker)) {
      const stop = marker === SOS ? scanEnd(bytes, end) : end;
      kept.push(bytes.subarray(at, stop));
      if (isFrame(marker)) frames++;
      if (marker === SOS) scans++;
      at = stop;
      continue;
    } else if (!((marker >= APP1 && marker <= APP15) || marker === COMMENT)) throw damaged(`has an unknown part ${marker.toString(16)}`);
    at = end;
  }
  if (frames !== 1 || !scans) throw damaged("holds no picture");
  const exif = orientation > 1 ? [segment(APP1, joined([EXIF, tiffOf(orientation)]))] : [];
  const start = [Uint8Array.of(0xff, SOI), ...(jfif ? [segment(APP0, jfif)] : []), ...exif];
  return joined([...start, ...kept, Uint8Array.of(0xff, EOI)]);
}

/** Return where the next marker begins: its last 0xff, since any number of them may come before. */
function markerAt(bytes: Uint8Array, at: number): number {
  if (at + 1 >= bytes.length) throw damaged("breaks off");
  if (bytes[at] !== 0xff) throw damaged("has bytes where none belong");
  while (bytes[at + 1] === 0xff) at++;
  if (at + 1 >= bytes.length) throw damaged("breaks off");
  return at;
}

function segmentEnd(bytes: Uint8Array, at: number): number {
  const marker = bytes[at + 1]!;
  if (marker < 0xc0 || (marker >= 0xd0 && marker <= SOI)) throw damaged(`has an unknown part ${marker.toString(16)}`);
  if (at + 4 > bytes.length) throw damaged("breaks off");
  const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
  if (length < 2) throw damaged("has a part without a length");
  if (at + 2 + length > bytes.length) throw damaged("breaks off");
  return at + 2 + length;
}

/** Return where the coded pixels of a scan end: at a marker that is neither a stuffed 0xff nor a restart. */
function scanEnd(bytes: Uint8Array, at: number): number {
  for (let next = bytes.indexOf(0xff, at); next >= 0 && next + 1 < bytes.length; next = bytes.indexOf(0xff, next + 1)) {
    const marker = bytes[next + 1]!;
    if (marker !== 0x00 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd7)) return next;
  }
  throw damaged("breaks off");
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function withoutThumbnail(content: Uint8Array): Uint8Array | null {
  if (!standsAt(content, 0, JFIF) || content.length < JFIF_BYTES) return null;
  const result = content.slice(0, JFIF_BYTES);
  result.fill(0, JFIF_BYTES - 2);
  return result;
}

function segment(marker: number, content: Uint8Array): Uint8Array {
  const length = content.length + 2;
  return joined([Uint8Array.of(0xff, marker, length >> 8, length & 0xff), content]);
}

function damaged(how: string): Error {
  return new Error(`This JPEG is damaged: it ${how}. Take or choose another picture.`);
}
