// The one path from a picture to an answer in the browser; camera and photos both use it. Runs in a worker.
//
// A `Classifier` that exists has passed its golden check: it computes here what it computed where it was exported.

import type { InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { measureAppearance } from "./appearance";
import { decide, type Decision, type Prediction } from "./decision";
import { againstTheOthers, type Evidence, explain, findings, flipped, merged } from "./evidence";
import type { Manifest } from "./manifest";
import { hintOf, type Hint } from "./quality";
import { type Pixels, resized } from "./resize";
import type { Runtime } from "./runtime";

/** What the model says about one picture, and what follows. `latencyMs` is resizing and inference. */
export interface Answer {
  prediction: Prediction;
  decision: Decision;
  hint: Hint | null;
  latencyMs: number;
}

export class Classifier {
  private constructor(
    readonly manifest: Manifest,
    readonly runtime: Runtime,
    private readonly session: InferenceSession,
  ) {}

  /** Load a graph and check it against the golden picture. Throws an Error that says what is wrong. */
  static async load(manifest: Manifest, graph: Uint8Array, golden: Pixels, runtime: Runtime): Promise<Classifier> {
    const classifier = new Classifier(manifest, runtime, await runtime.open(graph));
    try {
      await classifier.checkGolden(golden);
    } catch (error) {
      await classifier.close();
      throw error;
    }
    return classifier;
  }

  /** Answer for an upright picture, RGBA. */
  async inspect(picture: Pixels): Promise<Answer> {
    const started = performance.now();
    const pixels = this.preprocess(picture);
    const prediction = await this.classify(pixels);
    const { width, height } = this.manifest.preprocess;
    const decision = decide(prediction, this.manifest, measureAppearance(pixels, width, height));
    const latencyMs = performance.now() - started;
    return { prediction, decision, hint: hintOf(pixels, width, height), latencyMs };
  }

  /** Say where the evidence is for what an answer found. */
  async explain(picture: Pixels, answer: Answer): Promise<Evidence[]> {
    const wanted = findings(answer.prediction, answer.decision, this.manifest);
    if (!wanted.length) return [];
    const pixels = this.preprocess(picture);
    const { width, height } = this.manifest.preprocess;
    const { mirrors, labels, kind } = this.manifest;
    const batch = new Uint8Array(pixels.length * mirrors.length);
    mirrors.forEach((axes, at) => batch.set(flipped(pixels, width, height, axes), at * pixels.length));
    const { activation } = await this.run(batch, mirrors.length, ["activation"]);
    const maps = merged(activation!.data as Float32Array, activation!.dims, mirrors);
    const clear = kind === "single_label" ? againstTheOthers(maps) : maps;
    return wanted
      .map((name) => explain(name, clear[labels.findIndex((label) => label.name === name)]!))
      .filter((evidence) => evidence !== null);
  }

  /** Free what the graph holds. */
  async close(): Promise<void> {
    await this.session.release();
  }

  private preprocess(picture: Pixels): Uint8Array {
    return resized(picture, this.manifest.preprocess.width, this.manifest.preprocess.height);
  }

  private async classify(pixels: Uint8Array): Promise<Prediction> {
    const { scores, distance } = await this.run(pixels, 1, ["scores", "distance"]);
    const prediction = {
      scores: Array.from(scores!.data as Float32Array, (score) => Math.min(1, Math.max(0, score))),
      distance: Number(distance!.data[0]),
    };
    if (![...prediction.scores, prediction.distance].every(Number.isFinite)) {
      throw new Error("The model gave no usable answer. Update it on the Station page.");
    }
    return prediction;
  }

  private async run(pixels: Uint8Array, count: number, wanted: string[]): Promise<Record<string, Tensor>> {
    const { width, height } = this.manifest.preprocess;
    const input = this.runtime.tensor(pixels, [count, height, width, 3]);
    return await this.session.run({ [this.session.inputNames[0]!]: input }, wanted);
  }

  private async checkGolden(picture: Pixels): Promise<void> {
    const { golden, preprocess } = this.manifest;
    if (picture.width !== preprocess.width || picture.height !== preprocess.height) {
      throw new Error("The model's golden picture has the wrong size: the bundle is damaged.");
    }
    const { scores, distance } = await this.classify(this.preprocess(picture));
    const expected = [...golden.scores, golden.distance];
    const apart = Math.max(...[...scores, distance].map((value, at) => Math.abs(value - expected[at]!)));
    if (!(apart <= golden.tolerance)) {
      throw new Error(
        `This browser does not compute what the model promises (scores differ by ${apart.toPrecision(2)}, ` +
          `${golden.tolerance} is allowed): it must not be used here.`,
      );
    }
  }
}
