// The model as pages see it: asks the worker, and waits for its answers.

import type { Answer } from "./classifier";
import type { Manifest } from "./manifest";
import type { Files, Inspected, Loaded, Question, Reply } from "./worker";

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

export class Model {
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor() {
    this.worker.onmessage = (event: MessageEvent<Reply<never>>) => this.settle(event.data);
    this.worker.onerror = (event) => this.fail(event.message || "the model's worker could not start");
  }

  /** Load a model; the one before goes on answering until this one has passed its check. */
  load(manifest: Manifest, files: Files): Promise<Loaded> {
    return this.ask({ kind: "load", manifest, files });
  }

  /** Answer for a frame of the camera, which is used up. */
  frame(bitmap: ImageBitmap): Promise<Answer> {
    return this.ask({ kind: "frame", bitmap }, [bitmap]);
  }

  /** Answer for a picture file; `explain`: with the evidence for what was found, which takes longer. */
  picture(file: Blob, explain: boolean): Promise<Inspected> {
    return this.ask({ kind: "picture", file, explain });
  }

  /** End the worker. */
  close(): void {
    this.worker.terminate();
    this.fail("the model was closed");
  }

  private ask<T>(question: Question, transfer: Transferable[] = []): Promise<T> {
    const id = ++this.asked;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...question, id }, transfer);
    });
  }

  private settle(reply: Reply<never>): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ("error" in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }

  private fail(message: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(message));
    this.waiting.clear();
  }
}
