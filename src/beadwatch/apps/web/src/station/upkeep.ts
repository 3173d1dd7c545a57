// Keeps app and model up to date while the page is open, without getting in anybody's way.

import { signal } from "@preact/signals";
import { registerSW } from "virtual:pwa-register";
import { checkForUpdate } from "../model/keeper";

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
