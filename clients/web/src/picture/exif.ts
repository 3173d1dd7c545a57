// How a picture is to be turned, as Exif says it: read from what a camera wrote, and written with nothing else.

import { bytesOf } from "./bytes";

export const EXIF = bytesOf("Exif\0\0");

const ORIENTATION = 0x0112;
const SHORT = 3;

/** Return the orientation, 1 to 8, that Exif's TIFF structure holds; 1, as browsers take it, where it holds none. */
export function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return 1;
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return 1;
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return 1;
  const count = view.getUint16(start, little);
  for (let at = start + 2; at < start + 2 + count * 12 && at + 12 <= tiff.length; at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION || view.getUint16(at + 2, little) !== SHORT) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Return a TIFF structure that holds an orientation and nothing else. */
export function tiffOf(orientation: number): Uint8Array {
  const tiff = new Uint8Array(26);
  const view = new DataView(tiff.buffer);
  view.setUint32(0, 0x4d4d002a); // big endian, TIFF
  view.setUint32(4, 8); // where the one directory begins
  view.setUint16(8, 1); // it has one entry, and none follows it
  view.setUint16(10, ORIENTATION);
  view.setUint16(12, SHORT);
  view.setUint32(14, 1);
  view.setUint16(18, orientation);
  return tiff;
}
