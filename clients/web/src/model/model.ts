// The model as pages see it: asks its workers, and waits for their answers.
//
// Two workers, each with a graph of its own, answer more frames than one with all threads: threads of one graph wait for
// each other at every layer, and whichever is held up by the rest of the browser holds up all.

import type { Answer } from "./classifier";
import type { Manifest } from "./manifest";
import type { Files, Inspected, Loaded, Question, Reply } from "./worker";

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

/** What a device can give: how many workers, and how many threads each. One core stays for the page itself. */
export function crew(cores: number, isolated: boolean): { workers: number; threads: number } {
  const threads = isolated ? Math.min(2, Math.max(1, Math.floor((cores - 1) / 2))) : 1;
  return { workers: cores > 1 ? 2 : 1, threads };
}

export class Model {
  private readonly first = new Hand();
  private readonly others: Hand[] = [];

  /** Load a model; the one before goes on answering until this one has passed its check. */
  async load(manifest: Manifest, files: Files): Promise<Loaded> {
    const { workers, threads } = crew(navigator.hardwareConcurrency, self.crossOriginIsolated);
    const loaded = await this.first.load(manifest, files, threads, true);
    if (loaded.runtime === "wasm") {
      while (this.others.length < workers - 1) this.others.push(new Hand());
      // One that fails keeps its old version, and is passed over.
      for (const other of this.others) void other.load(manifest, files, threads, false).catch(() => null);
    }
    return loaded;
  }

  /** Answer for a frame of the camera, which is used up. */
  frame(bitmap: ImageBitmap): Promise<Answer> {
    const able = [this.first, ...this.others].filter((hand) => hand.version === this.first.version);
    const free = able.reduce((best, hand) => (hand.asked < best.asked ? hand : best));
    return free.ask({ kind: "frame", bitmap }, [bitmap]);
  }

  /** Answer for a picture file; `explain`: with the evidence for what was found, which takes longer. */
  picture(file: Blob, explain: boolean): Promise<Inspected> {
    return this.first.ask({ kind: "picture", file, explain });
  }
}

/** One worker and what it was asked. */
class Hand {
  version = "";
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor() {
    this.worker.onmessage = (event: MessageEvent<Reply<never>>) => this.settle(event.data);
    this.worker.onerror = (event) => this.fail(event.message || "the model's worker could not start");
  }

  /** How many questions wait for their answers. */
  get asked(): number {
    return this.waiting.size;
  }

  async load(manifest: Manifest, files: Files, threads: number, gpu: boolean): Promise<Loaded> {
    const loaded = await this.ask<Loaded>({ kind: "load", manifest, files, threads, gpu });
    this.version = loaded.version;
    return loaded;
  }

  ask<T>(question: Question, transfer: Transferable[] = []): Promise<T> {
    const id = ++this.last;
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
