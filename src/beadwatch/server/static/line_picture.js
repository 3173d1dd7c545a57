// The newest picture of the line, with what was made of that very frame under it. One request at a time.

import { $, BASE, icon, make } from "./elements.js";

const frames = new Map(); // results by frame number, of the last pictures
let line = null, wanted = null, shown = null, loading = false;

/** Start anew: another line or run. */
export function forgetPicture(name) {
  frames.clear();
  [line, wanted, shown] = [name, null, null];
  if ($("picture").src) URL.revokeObjectURL($("picture").src);
  $("picture").removeAttribute("src");
  $("no-picture").hidden = false;
  $("overlay").hidden = true;
}

/** Take what the stream says of the picture, and fetch it if it is new. */
export function takePicture(picture, labels) {
  if (!picture) return;
  frames.set(picture.number, { frame: picture.frame, labels });
  for (const number of frames.keys()) {
    if (frames.size <= 50) break;
    if (number !== shown) frames.delete(number);
  }
  wanted = picture.number;
  if (wanted !== shown) fetchPicture();
  else showOverlay();
}

async function fetchPicture() {
  if (loading) return;
  loading = true;
  const of = line;
  try {
    const response = await fetch(new URL(`v1/line/${encodeURIComponent(of)}/picture`, BASE), { cache: "no-store" });
    if (!response.ok) return;
    const number = Number(response.headers.get("Beadwatch-Frame"));
    const url = URL.createObjectURL(await response.blob());
    if (of === line) await showPicture(url, number);
    else URL.revokeObjectURL(url);
  } catch {
    // the next picture will be asked for; the page's clock says when there is no word
  } finally {
    loading = false;
  }
}

async function showPicture(url, number) {
  const picture = $("picture"), old = picture.src;
  picture.src = url;
  await picture.decode().catch(() => null);
  if (old) URL.revokeObjectURL(old);
  if (picture.naturalWidth) $("stage").style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
  shown = number;
  $("no-picture").hidden = true;
  showOverlay();
}

function showOverlay() {
  if (shown === null) return;
  const { frame, labels } = frames.get(shown) ?? { frame: null, labels: [] };
  const overlay = $("overlay");
  overlay.hidden = false;
  overlay.dataset.state = frame?.state ?? "";
  const told = [make("span", {}, `frame ${shown}${frame ? ` · ${frame.delay_ms.toFixed(0)} ms` : ""}`)];
  if (frame) {
    told.unshift(make("span", { class: "event", "data-state": frame.state }, icon(frame.state)), make("span", { class: "finding" }, finding(frame, labels)));
  }
  overlay.replaceChildren(...told);
}

function finding(frame, labels) {
  if (frame.fault) return frame.fault;
  if (frame.label === null) return frame.arc ? "no answer" : "no arc";
  const score = frame.scores[labels.indexOf(frame.label)];
  return score === undefined ? frame.label : `${frame.label} ${Math.round(100 * score)} %`;
}
