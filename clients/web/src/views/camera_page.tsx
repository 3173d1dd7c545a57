// The live camera: what it sees, what the model says about it, and the shutter.

import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Camera, cameraProblem } from "../camera/camera";
import { type Live, watch } from "../camera/live";
import { type Steady, Steadier } from "../camera/steady";
import { whyNotKept } from "../data/database";
import { currentPart } from "../data/parts";
import { showFrom } from "../data/settings";
import { takePicture } from "../data/take";
import { keeper, model } from "../model/keeper";
import type { Hint } from "../model/quality";
import { Icon } from "./icons";
import { Problem, Progress, Scores, VerdictSign } from "./pieces";
import { goTo } from "./route";
import { Sensitivity } from "./sensitivity";

const HINTS: Record<Hint, string> = {
  dark: "Too dark: more light",
  glare: "Glare: change the angle of light or camera",
  blurred: "Blurred: hold still, or tap to focus",
};
const CLOSER = "Move closer, and fill the frame with the weld";

interface Seen extends Steady {
  framesPerS: number;
}

export function CameraPage() {
  const video = useRef<HTMLVideoElement>(null);
  const camera = useSignal<Camera | null>(null);
  const seen = useSignal<Seen | null>(null);
  const problem = useSignal("");
  const saving = useSignal("");
  const { loaded, manifest } = keeper.value;
  const taking = saving.value !== ""; // what is to be kept comes before what is only shown

  useEffect(() => startCamera(video.current!, camera, problem), []);
  useEffect(() => {
    if (!loaded || !manifest || !camera.value || taking) return;
    const steadier = new Steadier();
    const background = manifest.labels.find((label) => label.excludes_others && !label.is_good)?.name ?? "";
    const show = ({ answers, framesPerS }: Live) => {
      for (const answer of answers) seen.value = { ...steadier.add(answer, background), framesPerS };
    };
    return watch(video.current!, model, show, (text) => { problem.value = text; });
  }, [loaded, manifest, camera.value, taking]);

  const take = (files: () => Promise<Blob[]>) => keepAll(files, saving, problem);
  return (
    <>
      <h1 class="unseen">Inspect a weld</h1>
      <div class="viewfinder">
        <video ref={video} playsInline muted aria-label="What the camera sees" />
        {camera.value && <Overlay seen={seen.value} />}
        {camera.value?.hasLamp && <Lamp camera={camera.value} />}
      </div>
      {keeper.value.doing && <Progress value={keeper.value.progress} text={keeper.value.doing} />}
      {keeper.value.problem && <Problem title="The model" text={keeper.value.problem} />}
      {problem.value && <Problem title="Camera" text={problem.value} />}
      {currentPart.value && <p class="soft onpart">Part {currentPart.value.name}</p>}
      <div class="shutter-row">
        <Gallery ready={loaded !== null} take={take} />
        <button
          type="button" class="shutter" aria-label="Take a picture" disabled={!loaded || !camera.value || saving.value !== ""}
          onClick={() => take(async () => [await camera.value!.still()])}
        ><Icon name={saving.value ? "busy" : "camera"} spin={saving.value !== ""} /></button>
        <Sensitivity />
      </div>
      <p class="soft status" role="status">{saving.value}</p>
    </>
  );
}

function startCamera(video: HTMLVideoElement, camera: Signal<Camera | null>, problem: Signal<string>) {
  let gone = false;
  Camera.start(video).then(
    (started) => {
      if (gone) return started.stop();
      camera.value = started;
      started.onEnd(() => {
        camera.value = null;
        problem.value = "The camera went away. Open this page again once it is back.";
      });
    },
    (error: unknown) => { if (!gone) problem.value = cameraProblem(error); },
  );
  return () => {
    gone = true;
    camera.value?.stop();
    camera.value = null;
  };
}

/** Keep pictures as drafts; of a single one the page to correct it opens, several wait in the queue. */
async function keepAll(files: () => Promise<Blob[]>, saving: Signal<string>, problem: Signal<string>): Promise<void> {
  problem.value = "";
  const failed: string[] = [];
  saving.value = "Taking a picture …";
  let last = "";
  let kept = 0;
  const all = await files();
  for (const [at, file] of all.entries()) {
    if (all.length > 1) saving.value = `Inspecting picture ${at + 1} of ${all.length} …`;
    try {
      last = await takePicture(file);
      kept++;
    } catch (error) {
      failed.push(`${(file as File).name ?? "The picture"}: ${explained(error)}`);
    }
  }
  saving.value = "";
  if (failed.length) problem.value = failed.join(" ");
  else if (all.length === 1) goTo("capture", last);
  else if (kept) goTo("queue");
}

function explained(error: unknown): string {
  if (error instanceof DOMException && ["InvalidStateError", "EncodingError"].includes(error.name)) {
    return "this is no picture that the browser can read.";
  }
  return error instanceof DOMException ? whyNotKept(error) : (error as Error).message;
}

function Overlay({ seen }: { seen: Seen | null }) {
  const { manifest } = keeper.value;
  if (!seen || !manifest) return <p class="overlay soft">{keeper.value.loaded ? "Looking …" : ""}</p>;
  return (
    <div class="overlay" data-weld={seen.weld}>
      {seen.weld ? (
        <VerdictSign verdict={keeper.value.withdrawn ? "review" : seen.verdict} label={seen.label} />
      ) : (
        <div class="verdict" data-verdict="none"><Icon name="none" /><span><b>No weld detected</b><span class="finding">{CLOSER}</span></span></div>
      )}
      {seen.hint && <p class="hint">{HINTS[seen.hint]}</p>}
      <Scores labels={manifest.labels} scores={seen.scores} from={showFrom.value} most={3} />
      <p class="rate">{seen.framesPerS.toFixed(0)} frames/s</p>
    </div>
  );
}

function Gallery({ ready, take }: { ready: boolean; take: (files: () => Promise<Blob[]>) => Promise<void> }) {
  const choose = (event: Event & { currentTarget: HTMLInputElement }) => {
    const input = event.currentTarget;
    const files = [...(input.files ?? [])];
    input.value = "";
    if (files.length) void take(async () => files);
  };
  return (
    <label class="button quiet gallery" aria-disabled={!ready}>
      <input type="file" accept="image/*" multiple disabled={!ready} onChange={choose} />
      Photos
    </label>
  );
}

function Lamp({ camera }: { camera: Camera }) {
  const on = useSignal(false);
  const change = () => {
    on.value = !on.value;
    void camera.lamp(on.value);
  };
  return <button type="button" class="lamp" aria-pressed={on.value} aria-label="Lamp" onClick={change}><Icon name="lamp" /></button>;
}
