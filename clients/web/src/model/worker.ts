// The worker that holds the model, so that the camera's picture never waits for it.
//
// One request at a time, in order. Knows messages; `Classifier` knows the rest.

import { decoded, pixelsOf } from "../picture/decode";
import { type Answer, Classifier } from "./classifier";
import type { Evidence } from "./evidence";
import { GRAPH, type Manifest } from "./manifest";
import type { Pixels } from "./resize";
import { gpuRuntime, type Runtime, wasmRuntime } from "./runtime";

export type Files = Record<string, ArrayBuffer>;

/** What the worker is asked, by `kind`; every question carries an `id` that its answer repeats. */
export type Question =
  | { kind: "load"; manifest: Manifest; files: Files; threads: number; gpu: boolean }
  | { kind: "frame"; bitmap: ImageBitmap }
  | { kind: "picture"; file: Blob; explain: boolean };

export interface Loaded {
  version: string;
  runtime: Runtime["name"];
  threads: number;
}

/** `model` is the one that answered, which may change while a page waits. */
export interface Inspected {
  model: Pick<Manifest, "name" | "version" | "labels">;
  answer: Answer;
  evidence: Evidence[];
}

export type Reply<T> = { id: number; result: T } | { id: number; error: string };

let classifier: Classifier | null = null;
let queue = Promise.resolve();

self.onmessage = (event: MessageEvent<Question & { id: number }>) => {
  queue = queue.then(() => respond(event.data));
};

async function respond(question: Question & { id: number }): Promise<void> {
  try {
    self.postMessage({ id: question.id, result: await answered(question) });
  } catch (error) {
    self.postMessage({ id: question.id, error: error instanceof Error ? error.message : String(error) });
  }
}

async function answered(question: Question): Promise<Loaded | Answer | Inspected> {
  if (question.kind === "load") return await load(question);
  if (!classifier) throw new Error("No model is loaded yet.");
  if (question.kind === "frame") return await classifier.inspect(pixelsOf(question.bitmap));
  const picture = await decoded(question.file);
  const answer = await classifier.inspect(picture);
  const { name, version, labels } = classifier.manifest;
  const evidence = question.explain ? await classifier.explain(picture, answer) : [];
  return { model: { name, version, labels }, answer, evidence };
}

/** Load a model beside the one that runs, and change over once it has passed its check. */
async function load({ manifest, files, threads, gpu }: Extract<Question, { kind: "load" }>): Promise<Loaded> {
  const graph = new Uint8Array(files[GRAPH]!);
  const golden = await decoded(new Blob([files[manifest.golden.file]!], { type: "image/png" }));
  const quick = gpu ? await onGpu(manifest, graph, golden) : null;
  const loaded = quick ?? (await Classifier.load(manifest, graph, golden, await wasmRuntime(threads)));
  const before = classifier;
  classifier = loaded;
  await before?.close();
  return { version: manifest.version, runtime: loaded.runtime.name, threads: loaded.runtime.threads };
}

/** Return the model on the graphics processor, or null where there is none or it computes something else. */
async function onGpu(manifest: Manifest, graph: Uint8Array, golden: Pixels): Promise<Classifier | null> {
  try {
    const runtime = await gpuRuntime();
    return runtime && (await Classifier.load(manifest, graph, golden, runtime));
  } catch {
    return null; // drivers fail in many ways, and WebAssembly gives the same answer
  }
}
