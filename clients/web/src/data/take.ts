// From a picture to a kept draft: metadata off, faces hidden where asked for, judged, and in the database.

import { findFaces, withoutFaces } from "../picture/faces";
import { withoutMetadata } from "../picture/metadata";
import { thumbnailOf } from "../picture/thumbnail";
import { keeper, model } from "../model/keeper";
import type { Inspected } from "../model/worker";
import { type Capture, keepCapture, type ModelAnswer, newId, sha256Of } from "./captures";
import { currentPart } from "./parts";
import { hideFaces } from "./settings";

/** Judge a picture and keep it as a draft with the model's own labels; returns its id. */
export async function takePicture(file: Blob): Promise<string> {
  const { manifest } = keeper.value;
  if (!manifest) throw new Error("There is no model on this device yet.");
  const clean = await withoutMetadata(file);
  const shown = hideFaces.value ? await withoutFaces(clean, await findFaces(clean)) : clean;
  const [bytes, inspected, thumbnail] = [await shown.arrayBuffer(), await model.picture(shown, false), await thumbnailOf(shown)];
  const answer = modelAnswer(inspected);
  const part = currentPart.value;
  const capture: Capture = {
    id: newId(), state: "draft", task: manifest.task, sha256: await sha256Of(bytes), capturedAt: new Date().toISOString(),
    answer, labels: answer.labels, boxes: [], note: "", part: part?.id ?? "", partId: part?.name ?? "", seamId: "",
    thumbnail, tries: 0, problem: "",
  };
  await keepCapture(capture, { bytes, type: shown.type });
  return capture.id;
}

function modelAnswer({ model: { name, version, labels }, answer }: Inspected): ModelAnswer {
  const { withdrawn } = keeper.value;
  const { prediction, decision } = answer;
  const distrusted = withdrawn?.version === version;
  return {
    model: name,
    model_version: version,
    scores: Object.fromEntries(labels.map((label, at) => [label.name, prediction.scores[at]!])),
    labels: decision.labels,
    label: decision.label,
    verdict: distrusted ? "review" : decision.verdict,
    reasons: distrusted ? [`the station has withdrawn this model: ${withdrawn.reason}`, ...decision.reasons] : decision.reasons,
    distance: prediction.distance,
  };
}
