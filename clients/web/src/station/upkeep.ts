// Keeps app and model up to date while the page is open, without getting in anybody's way.

import { signal } from "@preact/signals";
import { registerSW } from "virtual:pwa-register";
import { readSetting, remember, task } from "../data/settings";
import { checkForUpdate, useTask } from "../model/keeper";
import { askJson } from "./api";

const EVERY_MS = 15 * 60_000;

/** Set once a newer app waits; calling it changes over and loads the page anew. */
export const newerApp = signal<(() => void) | null>(null);

/** Install the service worker, and look for newer models now and then. */
export function keepUpToDate(): void {
  const change = registerSW({
    onNeedRefresh() {
      newerApp.value = () => void change(true);
    },
  });
  const look = () => void checkForUpdate();
  setInterval(look, EVERY_MS);
  addEventListener("online", look);
}

/** Take a model into use: once at the start, and once more when the device has been let in. */
export async function beginWithModel(): Promise<void> {
  await chooseTask();
  await useTask(task.value);
}

/** Before anybody has chosen what to look at: take what the station has a model for. */
async function chooseTask(): Promise<void> {
  if ((await readSetting("task", "")) !== "") return;
  const ready = await askJson<{ models: { task: string }[] }>("v1/models").catch(() => null);
  const tasks = ready?.models.map((each) => each.task) ?? [];
  if (tasks[0] && !tasks.includes(task.value)) await remember("task", tasks[0]);
}
