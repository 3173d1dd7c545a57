// Metadata goes, orientation stays, damage is refused: on pictures put together here, byte by byte.

import { crc32, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bytesOf, joined, standsAt } from "../src/picture/bytes";
import { EXIF, orientationOf, tiffOf } from "../src/picture/exif";
import { jpegWithoutMetadata } from "../src/picture/jpeg";
import { stripped } from "../src/picture/metadata";
import { pngWithoutMetadata } from "../src/picture/png";
import { webpWithoutMetadata } from "../src/picture/webp";

const SECRET = "N 52 31 12.1 E 13 24 17.8";

/** TIFF with an orientation, a pointer to GPS data and a text; in the byte order asked for. */
function exifWithPlace(orientation: number, little: boolean): Uint8Array {
  const tiff = new Uint8Array(80);
  const view = new DataView(tiff.buffer);
  tiff.set(bytesOf(little ? "II" : "MM"));
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 2, little);
  const entry = (at: number, tag: number, kind: number, value: number) => {
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, kind, little);
    view.setUint32(at + 4, 1, little);
    if (kind === 3) view.setUint16(at + 8, value, little);
    else view.setUint32(at + 8, value, little);
  };
  entry(10, 0x0112, 3, orientation);
  entry(22, 0x8825, 4, 40);
  tiff.set(bytesOf(SECRET), 50);
  return tiff;
}

function segment(marker: number, content: Uint8Array): Uint8Array {
  return joined([Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff), content]);
}

const SOI = Uint8Array.of(0xff, 0xd8);
const EOI = Uint8Array.of(0xff, 0xd9);
const JFIF = joined([bytesOf("JFIF\0"), Uint8Array.of(1, 1, 0, 0, 1, 0, 1)]);
const PLAIN_JFIF = segment(0xe0, joined([JFIF, Uint8Array.of(0, 0)]));
const ICC = segment(0xe2, joined([bytesOf("ICC_PROFILE\0"), Uint8Array.of(1, 1, 9, 9)]));
const ADOBE = segment(0xee, bytesOf("Adobe\0d\0\0\0\0\x01"));
const TABLE = segment(0xdb, new Uint8Array(65));
const FRAME = segment(0xc2, Uint8Array.of(8, 0, 1, 0, 1, 1, 1, 0x11, 0));
const scan = (...bytes: number[]) => joined([segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)), Uint8Array.from(bytes)]);
const SCANS = joined([scan(1, 0xff, 0x00, 2, 0xff, 0xd0, 3), segment(0xc4, Uint8Array.of(0, 1)), scan(4, 5)]);

function jpeg(orientation: number, little = true, behind: Uint8Array = new Uint8Array()): Uint8Array {
  return joined([
    SOI, segment(0xe0, joined([JFIF, Uint8Array.of(1, 1, 7, 7, 7)])), segment(0xe0, bytesOf(`JFXX\0${SECRET}`)),
    segment(0xe1, joined([EXIF, exifWithPlace(orientation, little)])),
    segment(0xe1, bytesOf(`http://ns.adobe.com/xap/1.0/\0${SECRET}`)),
    ICC, segment(0xe2, bytesOf(`MPF\0${SECRET}`)), segment(0xed, bytesOf(`Photoshop 3.0\0${SECRET}`)), ADOBE,
    segment(0xef, bytesOf(SECRET)), segment(0xfe, bytesOf(SECRET)),
    TABLE, FRAME, SCANS, EOI, behind,
  ]);
}

function pngChunk(kind: string, content: Uint8Array): Uint8Array {
  const result = joined([new Uint8Array(4), bytesOf(kind), content, new Uint8Array(4)]);
  new DataView(result.buffer).setUint32(0, content.length);
  new DataView(result.buffer).setUint32(result.length - 4, crc32(result.subarray(4, -4)));
  return result;
}

const PNG = bytesOf("\x89PNG\r\n\x1a\n");
const IHDR = pngChunk("IHDR", Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0));
const IDAT = pngChunk("IDAT", deflateSync(Uint8Array.of(0, 9)));
const IEND = pngChunk("IEND", new Uint8Array());
const GAMMA = pngChunk("gAMA", Uint8Array.of(0, 0, 0xb1, 0x8f));

function png(orientation: number): Uint8Array {
  const texts = ["tEXt", "iTXt", "zTXt", "tIME", "prVt"].map((kind) => pngChunk(kind, bytesOf(SECRET)));
  const exif = pngChunk("eXIf", exifWithPlace(orientation, false));
  return joined([PNG, IHDR, GAMMA, ...texts, exif, IDAT, IEND, bytesOf(SECRET)]);
}

function riffChunk(kind: string, content: Uint8Array): Uint8Array {
  const result = joined([bytesOf(kind), new Uint8Array(4), content, new Uint8Array(content.length % 2)]);
  new DataView(result.buffer).setUint32(4, content.length, true);
  return result;
}

const webpOf = (...chunks: Uint8Array[]) => riffChunk("RIFF", joined([bytesOf("WEBP"), ...chunks]));
const vp8x = (flags: number) => riffChunk("VP8X", Uint8Array.of(flags, 0, 0, 0, 0, 0, 0, 0, 0, 0));
const VP8L = riffChunk("VP8L", Uint8Array.of(0x2f, 0, 0, 0, 0));
const ICCP = riffChunk("ICCP", Uint8Array.of(1, 2, 3, 4));
const webp = (orientation: number) =>
  webpOf(vp8x(0x3c), ICCP, VP8L, riffChunk("EXIF", exifWithPlace(orientation, true)), riffChunk("XMP ", bytesOf(SECRET)));

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

describe("JPEG", () => {
  test("keeps what the pixels need, in their order, and nothing else", () => {
    const behind = joined([jpeg(1), bytesOf(SECRET)]);
    expect(jpegWithoutMetadata(jpeg(1, true, behind))).toEqual(joined([SOI, PLAIN_JFIF, ICC, ADOBE, TABLE, FRAME, SCANS, EOI]));
  });

  test.each([[2, true], [3, false], [6, true], [6, false], [8, true]])("orientation %i survives alone", (orientation, little) => {
    const clean = jpegWithoutMetadata(jpeg(orientation, little));
    expect(textOf(clean)).not.toContain(SECRET.slice(0, 4));
    const at = textOf(clean).indexOf("Exif\0\0");
    expect(clean.subarray(at + 6, at + 6 + 26)).toEqual(tiffOf(orientation));
    expect(orientationOf(clean.subarray(at + 6))).toBe(orientation);
    expect(textOf(clean).lastIndexOf("Exif")).toBe(at);
  });

  test("a clean one stays as it is", () => {
    const clean = jpegWithoutMetadata(jpeg(6));
    expect(jpegWithoutMetadata(clean)).toEqual(clean);
  });

  test("fill bytes before a marker are no damage", () => {
    const filled = joined([SOI, Uint8Array.of(0xff, 0xff), TABLE, FRAME, SCANS, Uint8Array.of(0xff), EOI]);
    expect(jpegWithoutMetadata(filled)).toEqual(joined([SOI, TABLE, FRAME, SCANS, Uint8Array.of(0xff), EOI]));
  });

  test.each([
    ["cut anywhere", /breaks off|holds no picture/, ...cuts(joined([SOI, TABLE, FRAME, SCANS]))],
    ["bytes between parts", /no.* belong/, joined([SOI, TABLE, bytesOf("place"), FRAME, SCANS, EOI])],
    ["no frame", /holds no picture/, joined([SOI, TABLE, SCANS, EOI])],
    ["two frames", /holds no picture/, joined([SOI, FRAME, FRAME, SCANS, EOI])],
    ["unknown part", /unknown part f4/, joined([SOI, segment(0xf4, bytesOf(SECRET)), FRAME, SCANS, EOI])],
    ["restart outside a scan", /unknown part d0/, joined([SOI, Uint8Array.of(0xff, 0xd0), FRAME, SCANS, EOI])],
    ["no length", /without a length/, joined([SOI, Uint8Array.of(0xff, 0xdb, 0, 1), FRAME, SCANS, EOI])],
  ])("%s is refused", (_name, message, ...pictures) => {
    for (const picture of pictures) expect(() => jpegWithoutMetadata(picture)).toThrow(message);
  });
});

describe("PNG", () => {
  test("keeps pixels and colours only", () => {
    expect(pngWithoutMetadata(png(1))).toEqual(joined([PNG, IHDR, GAMMA, IDAT, IEND]));
  });

  test("orientation survives alone", () => {
    expect(pngWithoutMetadata(png(6))).toEqual(joined([PNG, IHDR, pngChunk("eXIf", tiffOf(6)), GAMMA, IDAT, IEND]));
  });

  test.each([
    ["cut anywhere", /breaks off/, ...cuts(joined([PNG, IHDR, IDAT, IEND])).filter((cut) => cut.length >= PNG.length)],
    ["no pixels", /holds no picture/, joined([PNG, IHDR, IEND])],
    ["no size first", /begin with its size/, joined([PNG, IDAT, IHDR, IEND])],
    ["unknown critical part", /unknown part ABCD/, joined([PNG, IHDR, pngChunk("ABCD", bytesOf(SECRET)), IDAT, IEND])],
    ["no name", /no.* belong/, joined([PNG, IHDR, pngChunk("a\0\0\0", bytesOf(SECRET)), IDAT, IEND])],
  ])("%s is refused", (_name, message, ...pictures) => {
    for (const picture of pictures) expect(() => pngWithoutMetadata(picture)).toThrow(message);
  });
});

describe("WebP", () => {
  test("keeps pixels and profile, mends size and flags", () => {
    expect(webpWithoutMetadata(joined([webp(1), bytesOf(SECRET)]))).toEqual(webpOf(vp8x(0x30), ICCP, VP8L));
  });

  test("orientation survives alone", () => {
    expect(webpWithoutMetadata(webp(8))).toEqual(webpOf(vp8x(0x38), ICCP, VP8L, riffChunk("EXIF", tiffOf(8))));
  });

  test("an animation is left to be written anew", () => {
    expect(webpWithoutMetadata(webpOf(vp8x(2), riffChunk("ANIM", new Uint8Array(6))))).toBeNull();
  });

  test.each([
    ["cut anywhere", /breaks off/, ...cuts(webp(1)).filter((cut) => cut.length >= 12)],
    ["no pixels", /holds no picture/, webpOf(vp8x(0), ICCP)],
    ["a part longer than the file", /breaks off/, webpOf(vp8x(0), VP8L, Uint8Array.of(1, 2, 3, 4, 9, 9, 9, 9))],
  ])("%s is refused", (_name, message, ...pictures) => {
    for (const picture of pictures) expect(() => webpWithoutMetadata(picture)).toThrow(message);
  });
});

test("each kind is told by its bytes, not by its name", () => {
  expect(stripped(jpeg(1))?.type).toBe("image/jpeg");
  expect(stripped(png(1))?.type).toBe("image/png");
  expect(stripped(webp(1))?.type).toBe("image/webp");
  expect(stripped(bytesOf("GIF89a"))).toBeNull();
  expect(() => stripped(new Uint8Array())).toThrow(/empty/);
});

test.each([
  ["nothing", new Uint8Array()], ["no TIFF", bytesOf("place and time")], ["cut", exifWithPlace(6, true).subarray(0, 9)],
  ["a directory beyond the end", Uint8Array.of(0x49, 0x49, 42, 0, 255, 255, 255, 255)],
  ["a turn that there is not", exifWithPlace(9, true)],
])("Exif with %s says nothing about orientation", (_name, tiff) => {
  expect(orientationOf(tiff)).toBe(1);
});

test("bytes at the end are not looked for beyond it", () => {
  expect(standsAt(bytesOf("abc"), 2, bytesOf("cd"))).toBe(false);
});

/** Return a picture cut off after each of its bytes but the last. */
function cuts(picture: Uint8Array): Uint8Array[] {
  return Array.from({ length: picture.length - 2 }, (_, at) => picture.subarray(0, at + 2));
}
