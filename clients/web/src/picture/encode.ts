// Pictures written anew: upright, as JPEG, with nothing beside their pixels.

const QUALITY = 0.95;
const MOST_PIXELS = 16_000_000; // the largest canvas of many iPhones is 16.8 megapixels

/** Return an upright canvas with a picture, at most as large as browsers can draw. Throws an Error if it is none. */
export async function drawn(file: Blob, share = 1): Promise<OffscreenCanvas> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error("This browser cannot read the picture: it is damaged or of an unknown kind. Choose a JPEG or PNG.");
  }
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height))) * share;
  const side = (px: number) => Math.max(1, Math.floor(px * scale));
  const canvas = new OffscreenCanvas(side(bitmap.width), side(bitmap.height));
  const context = canvas.getContext("2d", { alpha: false })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

/** Return a canvas as JPEG. */
export function asJpeg(canvas: OffscreenCanvas): Promise<Blob> {
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
