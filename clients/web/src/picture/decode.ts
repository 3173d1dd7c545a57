// Files and video frames to upright pixels. Runs in a worker, or wherever there is an OffscreenCanvas.

import type { Pixels } from "../model/resize";

/** Decode a picture file as the station does: upright, colours as they are in the file, transparency over white. */
export async function decoded(file: Blob): Promise<Pixels> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" });
  return pixelsOf(bitmap);
}

/** Return the pixels of a bitmap, RGBA, and close it. */
export function pixelsOf(bitmap: ImageBitmap): Pixels {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { data, width, height };
}
