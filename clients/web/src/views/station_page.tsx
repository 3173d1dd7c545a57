// The station that this device belongs to: pairing, the model, and what the device does for privacy.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { hideFaces, pairing, type Pairing, remember, task } from "../data/settings";
import { checkForUpdate, goBack, keeper, useTask } from "../model/keeper";
import { fetchFaceDetector } from "../picture/faces";
import { askJson, sendJson, StationError } from "../station/api";
import { sendQueue } from "../station/sync";
import { beginWithModel } from "../station/upkeep";
import { Progress, when } from "./pieces";
import { goTo, pairingCode } from "./route";

export function StationPage() {
  return (
    <>
      <h1>Station</h1>
      {pairing.value ? <Paired pairing={pairing.value} /> : <PairForm />}
      <ModelPanel />
      <Privacy />
    </>
  );
}

function Privacy() {
  const problem = useSignal("");
  const busy = useSignal(false);
  const change = async (on: boolean) => {
    busy.value = on;
    problem.value = "";
    try {
      if (on) await fetchFaceDetector();
      await remember("hideFaces", on);
    } catch (error) {
      problem.value = (error as Error).message;
    }
    busy.value = false;
  };
  return (
    <section class="panel">
      <h2>Privacy</h2>
      <p>Place, time and device are taken off every picture before it is kept or sent.</p>
      <label class="switch">
        <input
          type="checkbox" checked={hideFaces.value} disabled={busy.value}
          onChange={(event) => void change(event.currentTarget.checked)}
        />
        Hide faces that are found in pictures
      </label>
      {busy.value && <Progress value={null} text="Fetching the search for faces …" />}
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      <p class="soft">Look at what you send all the same: covered or blurred faces are not found.</p>
    </section>
  );
}

function PairForm() {
  const problem = useSignal("");
  const busy = useSignal(false);
  const pair = async (code: string, name: string) => {
    busy.value = true;
    problem.value = "";
    try {
      const { token, device_id, account, role, team } = await sendJson<Pairing>("v1/pair", { code, device_name: name });
      await remember("pairing", { token, device_id, account, role, team });
      goTo("station");
      void sendQueue();
      if (!keeper.value.loaded && !keeper.value.doing) void beginWithModel(); // until now it was not given one
    } catch (error) {
      problem.value = (error as Error).message;
    }
    busy.value = false;
  };
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void pair(String(form.get("code")).trim(), String(form.get("name")).trim() || "phone");
  };
  return (
    <form class="panel" onSubmit={submit}>
      <h2>Pair this device</h2>
      <p>Ask for a code: <code>beadwatch accounts pair</code> at the station shows one, and a QR code that brings you here.</p>
      <label>Code<input name="code" required autocomplete="off" autocapitalize="characters" maxLength={16} value={pairingCode.value} /></label>
      <label>Name of this device<input name="name" maxLength={100} placeholder="phone of Ada" /></label>
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      <button type="submit" class="button" disabled={busy.value}>Pair</button>
    </form>
  );
}

function Paired({ pairing: paired }: { pairing: Pairing }) {
  const asked = useSignal(false);
  const forget = async () => {
    await remember("pairing", null);
    asked.value = false;
  };
  return (
    <section class="panel">
      <h2>Paired</h2>
      <p>This device belongs to <b>{paired.account}</b>, {paired.role} of the team {paired.team}.</p>
      <div class="buttons">
        {paired.role !== "inspector" && (
          <>
            <a class="button" href="#/review">Review corrections</a>
            <a class="button" href="#/loop">The loop</a>
            <a class="button" href="#/compare">Compare models</a>
          </>
        )}
        {asked.value
          ? <button type="button" class="button danger" onClick={forget}>Really unpair; what waits stays here</button>
          : <button type="button" class="button quiet" onClick={() => { asked.value = true; }}>Unpair</button>}
      </div>
    </section>
  );
}

function ModelPanel() {
  const { manifest, previous, changedAt, loaded, doing, progress, problem, withdrawn } = keeper.value;
  return (
    <section class="panel" aria-live="polite">
      <h2>Model</h2>
      <TaskChoice />
      {manifest && (
        <dl class="facts">
          <dt>Version</dt><dd>{manifest.version}</dd>
          <dt>Made</dt><dd>{when(manifest.created)}</dd>
          <dt>Here since</dt><dd>{changedAt && when(changedAt)}</dd>
          <dt>Runs by</dt><dd>{loaded ? `${loaded.runtime}, ${loaded.threads} ${loaded.threads === 1 ? "thread" : "threads"}` : "not loaded"}</dd>
          <dt>How good</dt><dd>{promise(manifest.kind, manifest.metrics.values)}</dd>
        </dl>
      )}
      {withdrawn && (
        <p class="problem" role="alert">
          Withdrawn on {when(withdrawn.withdrawn_at)}: {withdrawn.reason} Look for a newer version, or go back to the one before.
        </p>
      )}
      {doing && <Progress value={progress} text={doing} />}
      {problem && <p class="problem" role="alert">{problem}</p>}
      <div class="buttons">
        <button type="button" class="button" disabled={doing !== ""} onClick={() => void checkForUpdate(true)}>Look for a newer one</button>
        {previous && (
          <button type="button" class="button quiet" disabled={doing !== ""} onClick={() => void goBack()}>Go back to {previous.version}</button>
        )}
      </div>
    </section>
  );
}

function promise(kind: string, values: Record<string, { value: number; low: number | null; high: number | null }>): string {
  const [name, words] = kind === "single_label" ? ["macro_recall", "mean recall"] : ["macro_auc", "mean AUC"];
  const figure = values[name];
  if (!figure) return "its card does not say";
  const between = figure.low === null || figure.high === null ? "" : ` (${figure.low.toFixed(2)} to ${figure.high.toFixed(2)})`;
  return `${words} ${figure.value.toFixed(2)}${between} on welds it never saw`;
}

interface Ready {
  models: { task: string; title: string }[];
}

/** Which question the model answers; the station says which there are. */
function TaskChoice() {
  const ready = useSignal<Ready["models"]>([]);
  useEffect(() => {
    askJson<Ready>("v1/models").then(
      ({ models }) => { ready.value = models; },
      (error: unknown) => { if (!(error instanceof StationError)) throw error; },
    );
  }, [pairing.value]);
  if (ready.value.length < 2) return null;
  const choose = async (chosen: string) => {
    await remember("task", chosen);
    await useTask(chosen);
  };
  return (
    <label>
      What do you look at?
      <select value={task.value} onChange={(event) => void choose(event.currentTarget.value)}>
        {ready.value.map((each) => <option key={each.task} value={each.task}>{each.title}</option>)}
      </select>
    </label>
  );
}
