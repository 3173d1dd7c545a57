// Keeps the model of a task on this device: fetched beside the old one, checked, switched in one step, and back again.
//
// A version counts as installed only when its bytes have the right sha256 and it has passed its golden check here. The
// files and the note which version is active change in one transaction, so that a kill leaves the old one whole.

import { signal } from "@preact/signals";
import { sha256Of } from "../data/captures";
import { database, type Models, whyNotKept } from "../data/database";
import { ask, askBytes, StationError } from "../station/api";
import type { Manifest, Withdrawal } from "./manifest";
import { Model } from "./model";
import type { Files, Loaded } from "./worker";

/** What a page shows about the model. `progress` is 0 to 1 while something is fetched. */
export interface KeeperState {
  task: string;
  manifest: Manifest | null;
  loaded: Loaded | null;
  previous: Manifest | null;
  changedAt: string;
  progress: number | null;
  doing: string;
  problem: string;
  withdrawn: Withdrawal | null;
}

const NOTHING: Omit<KeeperState, "task"> = {
  manifest: null, loaded: null, previous: null, changedAt: "", progress: null, doing: "", problem: "", withdrawn: null,
};

export const keeper = signal<KeeperState>({ task: "", ...NOTHING });
export const model = new Model();

let busy: Promise<unknown> = Promise.resolve();

/** Change to a task: what is on the device first, then what the station has newer. */
export function useTask(task: string): Promise<void> {
  return inTurn(async () => {
    keeper.value = { task, ...NOTHING, doing: "Loading the model …" };
    const kept = await (await database()).get("models", task);
    if (kept) await start(kept);
    await update(task, false);
  });
}

/** Look for a newer version. `wanted`: a person asked, so that also one is taken that they went back from. */
export function checkForUpdate(wanted = false): Promise<void> {
  return inTurn(() => update(keeper.value.task, wanted));
}

/** Go back to the version before; new ones are then not taken by themselves. */
export function goBack(): Promise<void> {
  return inTurn(async () => {
    const { task } = keeper.value;
    const kept = await (await database()).get("models", task);
    if (!kept?.previous) return;
    const back: Models = {
      ...kept, active: kept.previous, previous: kept.active, pinned: true, changedAt: new Date().toISOString(),
    };
    if (await start(back)) await (await database()).put("models", back, task);
  });
}

function inTurn(work: () => Promise<void>): Promise<void> {
  const done = busy.then(work).catch((error: unknown) => {
    keeper.value = { ...keeper.value, progress: null, doing: "", problem: whyNotKept(error) };
  });
  busy = done;
  return done;
}

/** Load a version that is on the device; returns whether it runs. */
async function start(kept: Models): Promise<boolean> {
  const { task } = keeper.value;
  try {
    const loaded = await model.load(kept.active, await filesOf(task, kept.active));
    show(kept, loaded);
    return true;
  } catch (error) {
    keeper.value = { ...keeper.value, doing: "", problem: (error as Error).message };
    return false;
  }
}

function show(kept: Models, loaded: Loaded): void {
  const { active, previous, changedAt, withdrawn } = kept;
  const gone = withdrawn.find((each) => each.version === active.version) ?? null;
  const { task } = keeper.value;
  keeper.value = { ...NOTHING, task, manifest: active, previous, changedAt, loaded, withdrawn: gone };
}

async function filesOf(task: string, manifest: Manifest): Promise<Files> {
  const kept = await database();
  const files: Files = {};
  for (const name of Object.keys(manifest.files)) {
    const bytes = await kept.get("files", `${task}/${manifest.version}/${name}`);
    if (!bytes) throw new Error("The model on this device is not whole. Update it from the station.");
    files[name] = bytes;
  }
  return files;
}

async function update(task: string, wanted: boolean): Promise<void> {
  const kept = await (await database()).get("models", task);
  const offered = await manifestOf(task, keeper.value.loaded && !wanted ? (kept?.etag ?? "") : "");
  if (!offered) return;
  const { manifest, etag } = offered;
  if (kept) await noteWithdrawn(task, kept, manifest, etag);
  const running = keeper.value.loaded?.version === manifest.version;
  const held = kept?.pinned && !keeper.value.withdrawn;
  const failed = kept?.refused?.version === manifest.version;
  if (running || (!wanted && (held || failed))) return;
  await install(task, manifest, etag, kept);
}

/** Ask what the station has; null if nothing new, or no answer while a model is here. */
async function manifestOf(task: string, etag: string): Promise<{ manifest: Manifest; etag: string } | null> {
  try {
    const answer = await ask(`v1/bundles/${encodeURIComponent(task)}`, { headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.status === 304) return null;
    return { manifest: (await answer.json()) as Manifest, etag: answer.headers.get("ETag") ?? "" };
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    const here = keeper.value.loaded !== null;
    const problem = here ? "" : `${error.message} This device has no model yet: connect it to the station once.`;
    keeper.value = { ...keeper.value, doing: "", problem: here && error.status === 0 ? "" : problem || error.message };
    return null;
  }
}

async function noteWithdrawn(task: string, kept: Models, manifest: Manifest, etag: string): Promise<void> {
  kept.withdrawn = manifest.withdrawn_versions;
  if (manifest.version === kept.active.version) kept.etag = etag;
  await (await database()).put("models", kept, task);
  const gone = kept.withdrawn.find((each) => each.version === keeper.value.loaded?.version) ?? null;
  keeper.value = { ...keeper.value, withdrawn: gone };
}

/** Fetch, verify, try, and only then switch. What fails leaves the version before in place. */
async function install(task: string, manifest: Manifest, etag: string, kept: Models | undefined): Promise<void> {
  try {
    const files = await fetched(task, manifest);
    keeper.value = { ...keeper.value, progress: null, doing: "Checking the model …" };
    const loaded = await model.load(manifest, files);
    keeper.value = { ...keeper.value, loaded };
    const models: Models = {
      active: manifest, previous: kept?.active ?? null, etag, changedAt: new Date().toISOString(), pinned: false,
      withdrawn: manifest.withdrawn_versions, refused: null,
    };
    await keep(task, models, files);
    show(models, loaded);
  } catch (error) {
    const reason = error instanceof DOMException ? whyNotKept(error) : (error as Error).message;
    if (kept && keeper.value.loaded?.version !== kept.active.version) await start(kept);
    if (kept && !(error instanceof StationError)) {
      await (await database()).put("models", { ...kept, refused: { version: manifest.version, reason } }, task);
    }
    const stays = keeper.value.manifest ? ` Version ${keeper.value.manifest.version} stays in use.` : "";
    keeper.value = {
      ...keeper.value, progress: null, doing: "", problem: `Version ${manifest.version} was not taken: ${reason}${stays}`,
    };
  }
}

async function fetched(task: string, manifest: Manifest): Promise<Files> {
  const whole = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  const files: Files = {};
  let before = 0;
  for (const [name, { sha256, bytes }] of Object.entries(manifest.files)) {
    const path = `v1/bundles/${encodeURIComponent(task)}/${encodeURIComponent(manifest.version)}/${encodeURIComponent(name)}`;
    const content = await askBytes(path, bytes, (received) => {
      keeper.value = { ...keeper.value, progress: (before + received) / whole, doing: "Fetching the model …" };
    });
    if ((await sha256Of(content)) !== sha256) throw new Error(`${name} arrived damaged: its sha256 is not the announced one.`);
    files[name] = content;
    before += bytes;
  }
  return files;
}

/** Keep a version and forget all but the one before, in one transaction. */
async function keep(task: string, models: Models, files: Files): Promise<void> {
  const kept = await database();
  const transaction = kept.transaction(["models", "files"], "readwrite", { durability: "strict" });
  const store = transaction.objectStore("files");
  const stays = [models.active, models.previous].map((each) => `${task}/${each?.version}/`);
  for (const key of await store.getAllKeys(IDBKeyRange.bound(`${task}/`, `${task}/\uffff`))) {
    if (!stays.some((start) => key.startsWith(start))) await store.delete(key);
  }
  for (const [name, bytes] of Object.entries(files)) await store.put(bytes, `${task}/${models.active.version}/${name}`);
  await transaction.objectStore("models").put(models, task);
  await transaction.done;
}
