// Which page is shown: the part of the address behind #, so that the phone's back gesture works.

import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** The page and what it is about: `#/capture/ID` is ["capture", "ID"]. */
export const route = computed<[page: string, about: string]>(() => {
  if (hash.value.startsWith("#pair=")) return ["station", ""];
  const [page = "camera", about = ""] = hash.value.replace(/^#\/?/, "").split("/");
  return [page || "camera", decodeURIComponent(about)];
});

/** The pairing code that a scanned link brought along, or "". */
export const pairingCode = computed(() => (hash.value.startsWith("#pair=") ? decodeURIComponent(hash.value.slice(6)) : ""));

export function goTo(page: string, about = ""): void {
  location.hash = about ? `#/${page}/${encodeURIComponent(about)}` : `#/${page}`;
}
