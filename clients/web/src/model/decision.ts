// From scores to a verdict: the same order of rules as `beadwatch.inference.decision`, which has the reasons for them.

import { faultOf, type Appearance } from "./appearance";
import { fixed, general } from "./figures";
import type { Calibration, ClassLabel, Manifest, Verdict } from "./manifest";

/** A model's calibrated answer: scores in the order of the labels, and how unlike the known pictures this one is. */
export interface Prediction {
  scores: number[];
  distance: number;
}

/** `label` is the finding that matters most, `labels` all classes held to be present. */
export interface Decision {
  verdict: Verdict;
  label: string;
  labels: string[];
  reasons: string[];
  /** The picture is nothing that the model can judge. */
  strange: boolean;
}

interface Scored extends ClassLabel {
  score: number;
}

const MORE_LIKELY_THAN_NOT = 0.5;

/** Return what follows from a prediction, with reasons in words. */
export function decide(prediction: Prediction, manifest: Manifest, appearance: Appearance): Decision {
  const { calibration } = manifest;
  const ranked: Scored[] = manifest.labels.map((label, at) => ({ ...label, score: prediction.scores[at]! }));
  ranked.sort((one, other) => other.score - one.score);
  const strange = strangeness(prediction, calibration, appearance);
  if (strange) return { verdict: "review", label: ranked[0]!.name, labels: [], reasons: [strange], strange: true };
  const present = ranked.filter((label) => label.score >= label.threshold);
  if (present.some((label) => !label.is_good)) return withFindings(present, calibration);
  const good = ranked.find((label) => label.is_good)!;
  if (calibration.accept_threshold < 1 && good.score >= calibration.accept_threshold) {
    const reasons = [reason(good), calibration.promise];
    return { verdict: "accept", label: good.name, labels: [good.name], reasons, strange: false };
  }
  return unsure(ranked[0]!, present, calibration);
}

function strangeness(prediction: Prediction, calibration: Calibration, appearance: Appearance): string | null {
  const fault = calibration.appearance && faultOf(appearance, calibration.appearance);
  if (fault) return `the picture cannot be judged: ${fault}`;
  if (prediction.distance <= calibration.max_distance) return null;
  return (
    `unlike the pictures that the model knows: distance ${fixed(prediction.distance, 3)} ` +
    `is over ${fixed(calibration.max_distance, 3)}`
  );
}

function withFindings(present: Scored[], calibration: Calibration): Decision {
  const verdictOf = (label: Scored): Verdict =>
    calibration.miss_cost !== null && label.score < MORE_LIKELY_THAN_NOT ? "review" : label.verdict;
  const findings = present.filter((label) => !label.is_good);
  findings.sort((one, other) => Number(verdictOf(one) !== "reject") - Number(verdictOf(other) !== "reject"));
  const worst = findings[0]!;
  let verdict = verdictOf(worst);
  const reasons = findings.map(reason);
  if (verdict !== worst.verdict) {
    reasons.unshift(`${worst.name} is possible, not likely: a miss costs ${general(calibration.miss_cost!)} false alarms`);
  }
  const against = present.find((label) => label.excludes_others && label.score > worst.score);
  if (against) {
    verdict = "review";
    reasons.unshift(`the answer contradicts itself: ${worst.name} beside ${against.name} ${fixed(against.score, 2)}`);
  }
  return { verdict, label: worst.name, labels: present.map((label) => label.name), reasons, strange: false };
}

function unsure(top: Scored, present: Scored[], calibration: Calibration): Decision {
  const needed = top.is_good ? calibration.accept_threshold : top.threshold;
  const labels = present.map((label) => label.name);
  const answer = { verdict: "review" as const, label: top.name, labels, strange: false };
  if (top.is_good && needed >= 1) {
    const never = `${top.name} ${fixed(top.score, 2)}, but this model never accepts: ${calibration.promise}`;
    return { ...answer, reasons: [never] };
  }
  const digits = fixed(top.score, 2) === fixed(needed, 2) ? 4 : 2;
  const short = `${top.name} ${fixed(top.score, digits)} is below the ${fixed(needed, digits)} that it needs`;
  return { ...answer, reasons: [`not sure: ${short}`] };
}

function reason(label: Scored): string {
  return `${label.name} ${fixed(label.score, 2)}: ${label.why}`;
}
