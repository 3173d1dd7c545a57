// One capture: the picture first, then the verdict, why, what to do; then the person's own answer.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Capture, capture, changeCapture, dropCapture, type MarkedBox, picture } from "../data/captures";
import { whyNotKept } from "../data/database";
import type { Evidence } from "../model/evidence";
import { keeper, model } from "../model/keeper";
import type { ClassLabel, Manifest } from "../model/manifest";
import { sendQueue } from "../station/sync";
import { Stage } from "./stage";
import { Problem, Scores, VerdictSign, when } from "./pieces";
import { goTo, route } from "./route";

interface Shown {
  capture: Capture;
  url: string;
}

export function CapturePage({ id }: { id: string }) {
  const shown = useSignal<Shown | null>(null);
  const evidence = useSignal<Evidence[]>([]);
  const problem = useSignal("");
  useEffect(() => open(id, shown, evidence, problem), [id]);
  if (problem.value) return <Problem title="This capture" text={problem.value}><a class="button" href="#/camera">Back to the camera</a></Problem>;
  if (!shown.value) return <p class="soft" role="status">Opening …</p>;
  return <Sheet key={id} shown={shown.value} evidence={evidence.value} problem={problem} />;
}

function open(id: string, shown: Signal<Shown | null>, evidence: Signal<Evidence[]>, problem: Signal<string>) {
  let url = "";
  void (async () => {
    const [kept, bytes] = await Promise.all([capture(id), picture(id)]);
    if (!kept) {
      problem.value = "It is not on this device.";
      return;
    }
    const file = bytes && new Blob([bytes.bytes], { type: bytes.type });
    url = file ? URL.createObjectURL(file) : "";
    shown.value = { capture: kept, url: url || kept.thumbnail };
    const { manifest } = keeper.value;
    if (!file || manifest?.version !== kept.answer.model_version) return;
    evidence.value = (await model.picture(file, true)).evidence;
  })().catch((error: unknown) => { problem.value = whyNotKept(error); });
  return () => URL.revokeObjectURL(url);
}

function Sheet({ shown, evidence, problem }: { shown: Shown; evidence: Evidence[]; problem: Signal<string> }) {
  const { capture: kept, url } = shown;
  const { manifest } = keeper.value;
  const labels = useSignal(kept.labels);
  const boxes = useSignal<MarkedBox[]>(kept.boxes);
  const drawing = useSignal("");
  const open = kept.state !== "sent";
  const store = (fields: Partial<Capture>) =>
    changeCapture(kept.id, fields).catch((error: unknown) => { problem.value = whyNotKept(error); });
  const toggle = (label: string) => {
    const without = labels.value.filter((each) => each !== label);
    labels.value = without.length === labels.value.length ? [...without, label] : without;
    void store({ labels: labels.value });
  };
  const mark = (marked: MarkedBox[]) => {
    boxes.value = marked;
    void store({ boxes: marked });
  };
  const send = async () => {
    await store({ state: "queued", labels: labels.value, boxes: boxes.value, problem: "" });
    if (problem.value) return;
    void sendQueue();
    leave(kept.id);
  };
  const same = sameLabels(labels.value, kept.answer.labels);
  return (
    <>
      <h1 class="unseen">Weld, {when(kept.capturedAt)}</h1>
      <Stage url={url} evidence={evidence} boxes={boxes.value} drawing={drawing.value} onBoxes={mark} />
      <div class="sheet">
        <VerdictSign verdict={kept.answer.verdict} label={kept.answer.label} />
        <Why capture={kept} manifest={manifest} />
        <fieldset class="labels" disabled={!open}>
          <legend>What is there?</legend>
          <p class="soft">The model's answer is ticked. Correct it if it is wrong.</p>
          {classes(manifest, kept).map((label) => (
            <LabelRow
              key={label} label={label} ticked={labels.value.includes(label)} boxed={boxes.value.some((box) => box.label === label)}
              drawing={drawing.value === label} onToggle={() => toggle(label)}
              onDraw={() => { drawing.value = drawing.value === label ? "" : label; }}
            />
          ))}
        </fieldset>
        {open && <Notes capture={kept} store={store} />}
        {open ? (
          <div class="buttons sticky">
            <button type="button" class="button" onClick={send}>{same ? "Confirm and send" : "Correct and send"}</button>
            <Discard id={kept.id} />
          </div>
        ) : <p class="soft">Sent to the station, which keeps it as it is.</p>}
        <details>
          <summary>Scores</summary>
          {manifest && <Scores labels={manifest.labels} scores={manifest.labels.map((each) => kept.answer.scores[each.name] ?? 0)} from={null} />}
          <p class="soft">Model {kept.answer.model} {kept.answer.model_version}. Calibrated probabilities; the mark is where a class counts.</p>
        </details>
      </div>
    </>
  );
}

/** Go on to the next weld, unless the person has already gone elsewhere. */
function leave(id: string): void {
  if (route.value[0] === "capture" && route.value[1] === id) goTo("camera");
}

function sameLabels(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((label) => other.includes(label));
}

function classes(manifest: Manifest | null, kept: Capture): string[] {
  return manifest?.task === kept.task ? manifest.labels.map((label) => label.name) : Object.keys(kept.answer.scores);
}

function Why({ capture: kept, manifest }: { capture: Capture; manifest: Manifest | null }) {
  const found = manifest?.labels.filter((label) => kept.answer.labels.includes(label.name) && (label.remedy || label.finding)) ?? [];
  return (
    <>
      <section class="panel">
        <h2>Why</h2>
        <ul>{kept.answer.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>
      </section>
      {found.length > 0 && (
        <section class="panel">
          <h2>What to do</h2>
          {found.map((label) => <Remedy key={label.name} label={label} />)}
        </section>
      )}
    </>
  );
}

function Remedy({ label }: { label: ClassLabel }) {
  const { finding } = label;
  const number = finding?.iso6520 ? `, ISO 6520-1 ${finding.iso6520}` : "";
  const leads = finding?.likely_to_cause?.map((each) => `${each.iso6520} ${each.name}`).join(", ");
  return (
    <p>
      <b>{label.name}{number}.</b> {label.remedy && <>{capital(label.remedy)}. </>}
      {label.cause && <span class="soft">Usual cause: {label.cause}. </span>}
      {leads && <span class="soft">A condition, likely to cause {leads}.</span>}
    </p>
  );
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

function LabelRow({ label, ticked, boxed, drawing, onToggle, onDraw }: {
  label: string; ticked: boolean; boxed: boolean; drawing: boolean; onToggle: () => void; onDraw: () => void;
}) {
  return (
    <div class="label-row">
      <label><input type="checkbox" checked={ticked} onChange={onToggle} /><span>{label}</span></label>
      {ticked && (
        <button type="button" class="quiet" aria-pressed={drawing} onClick={onDraw}>
          {drawing ? "Drag over the picture" : boxed ? "Mark another" : "Mark where"}
        </button>
      )}
    </div>
  );
}

function Notes({ capture: kept, store }: { capture: Capture; store: (fields: Partial<Capture>) => void }) {
  return (
    <div class="notes">
      <label>Part<input value={kept.partId} maxLength={128} onChange={(event) => store({ partId: event.currentTarget.value.trim() })} /></label>
      <label>Seam<input value={kept.seamId} maxLength={128} onChange={(event) => store({ seamId: event.currentTarget.value.trim() })} /></label>
      <label class="wide">Note<textarea rows={2} maxLength={4000} value={kept.note} onChange={(event) => store({ note: event.currentTarget.value })} /></label>
    </div>
  );
}

function Discard({ id }: { id: string }) {
  const asked = useSignal(false);
  if (!asked.value) return <button type="button" class="button quiet" onClick={() => { asked.value = true; }}>Throw away</button>;
  const drop = async () => {
    await dropCapture(id);
    leave(id);
  };
  return <button type="button" class="button danger" onClick={drop}>Really throw away</button>;
}
