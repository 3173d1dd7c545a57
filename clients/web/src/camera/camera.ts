// The phone's camera: rear one first, a picture that can be looked at, and stills. Knows no model.

/** Why there is no picture, in words for the person, with what to do. */
export function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (!navigator.mediaDevices) {
    return "This page may not use the camera: open it by https, or on the station itself. Choosing a photo works.";
  }
  if (name === "NotAllowedError") return "The camera is not allowed. Allow it for this page in the browser's settings.";
  if (name === "NotFoundError") return "This device has no camera. Choose a photo instead.";
  if (name === "NotReadableError") return "Another app has the camera. Close it and try again.";
  return `The camera does not start: ${error instanceof Error ? error.message : String(error)}`;
}

export class Camera {
  private constructor(
    private readonly stream: MediaStream,
    private readonly video: HTMLVideoElement,
  ) {}

  /** Start the rear camera and show it in `video`. */
  static async start(video: HTMLVideoElement): Promise<Camera> {
    if (!navigator.mediaDevices) throw new Error("no camera without https");
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    video.srcObject = stream;
    await video.play();
    return new Camera(stream, video);
  }

  /** Call back when the camera goes away: unplugged, or taken by another app. */
  onEnd(callback: () => void): void {
    for (const track of this.stream.getTracks()) track.onended = callback;
  }

  /** Return what the camera sees now as a JPEG; it has no metadata. */
  async still(): Promise<Blob> {
    const canvas = new OffscreenCanvas(this.video.videoWidth, this.video.videoHeight);
    canvas.getContext("2d", { alpha: false })!.drawImage(this.video, 0, 0);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  }

  /** Whether the device has a lamp beside the camera. */
  get hasLamp(): boolean {
    const capabilities = this.stream.getVideoTracks()[0]?.getCapabilities?.() as { torch?: boolean } | undefined;
    return capabilities?.torch === true;
  }

  /** Switch the lamp. */
  async lamp(on: boolean): Promise<void> {
    await this.stream.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
  }

  stop(): void {
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}
