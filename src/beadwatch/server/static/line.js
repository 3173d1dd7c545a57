// The live view of a line: follows the station's stream and shows what the line knows now. What is too old to be believed
// is shown as unknown. Knows the HTTP interface, nothing of models.

import { $, BASE, icon, make } from "./elements.js";
import { resetClock, silence, tick } from "./line_clock.js";
import { forgetPicture, takePicture } from "./line_picture.js";
import { drawStrip } from "./line_strip.js";
import { signedIn } from "./sign_in.js";

const STATES = ["good", "review", "defect", "unknown", "idle"];
const WINDOW_S = 60, MAX_CELLS = 600, MAX_EVENTS = 200, LOOK_AGAIN_MS = 1000;
const named = decodeURIComponent(location.pathname.slice(BASE.pathname.length).split("/")[1] ?? "");
let view = null, cells = new Map(), events = new Map(), drawing = false;

const mm = (value) => `${value.toFixed(1)} mm`;
const clock = (unix_s) => new Date(1000 * unix_s).toLocaleTimeString();

function lasted(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/* one line */

function follow(line) {
  forgetPicture(line);
  const source = new EventSource(new URL(`v1/line/${encodeURIComponent(line)}/stream`, BASE));
  source.addEventListener("open", resetClock);
  source.addEventListener("snapshot", ({ data }) => {
    view = JSON.parse(data);
    [cells, events] = [new Map(), new Map()];
    forgetPicture(line);
    showRun();
    take(view);
  });
  source.addEventListener("update", ({ data }) => {
    const news = JSON.parse(data);
    Object.assign(view, news);
    take(news);
  });
  source.addEventListener("error", () => {
    // A browser tries again by itself, except after an answer that was no stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5 * LOOK_AGAIN_MS);
  });
  setInterval(showState, 200);
}

function take(news) {
  tick(news);
  for (const cell of news.cells) cells.set(cell.number, cell);
  const last = news.cells.at(-1);
  for (const [number, cell] of cells) {
    if (cells.size <= MAX_CELLS && (!last || cell.at >= last.at - WINDOW_S)) break;
    cells.delete(number);
  }
  for (const event of news.events) events.set(event.id, event);
  takePicture(news.picture, view.run?.labels ?? []);
  showState();
  showFigures();
  if (news.events.length || news.run !== undefined) showEvents();
  drawSoon();
}

function showRun() {
  const run = view.run;
  $("title").textContent = view.line;
  document.title = `${view.line} - Beadwatch`;
  $("none").hidden = run !== null;
  $("live").hidden = run === null;
  if (!run) return showNone(`Line ${view.line} has not been heard of since the station started`);
  $("run").textContent = `${run.source} · ${run.model} ${run.model_version} · since ${clock(run.started_at)}`;
  for (const id of ["simulated", "picture-simulated"]) $(id).hidden = !run.simulated;
}

/** What to show now: the line's word while it is fresh, unknown afterwards, whatever the station said last. */
function believed() {
  const age = silence();
  const ended = view.status?.running === false;
  if (age === null) return { state: "unknown", reason: "no word from the line yet", stale: true, age };
  if (ended) return { state: "unknown", reason: `the run has ended, ${lasted(age)} ago`, stale: true, age };
  if (age > view.stale_after_s) return { state: "unknown", reason: `no word from the line for ${lasted(age)}`, stale: true, age };
  const words = [view.labels.join(", "), view.reason].filter(Boolean);
  return { state: view.state, reason: words.join(": "), stale: false, age };
}

function showState() {
  if (!view?.run) return;
  const { state, reason, stale, age } = believed();
  if ($("state").dataset.state !== state || !$("shape").firstChild) {
    $("state").dataset.state = state;
    $("word").textContent = state;
    $("shape").replaceChildren(icon(state));
  }
  $("reason").textContent = reason;
  $("stop").hidden = !view.stop;
  const status = view.status;
  $("since").textContent = stale ? lasted(age ?? 0) : status ? lasted(status.at - status.since + age) : "";
  const place = stale ? null : status?.along_mm ?? null;
  $("at-box").hidden = place === null;
  if (place !== null) $("at").textContent = mm(place);
  $("live").classList.toggle("stale", stale);
  $("stage").classList.toggle("stale", stale);
  $("old").hidden = !stale || !view.picture;
  $("old").textContent = `old picture: ${lasted(age ?? 0)}`;
}

function showFigures() {
  const { figures, status } = view;
  const counted = status?.counters;
  const number = (value, unit = "") => (value === null || value === undefined ? "–" : `${value}${unit}`);
  const rows = [["frames/s", number(figures.fps)]];
  for (const name of ["received", "judged", "dropped", "late", "stale", "unjudged", "reconnects"]) {
    rows.push([name, number(counted?.[name]), ["dropped", "late", "stale", "unjudged", "reconnects"].includes(name) && counted?.[name] > 0]);
  }
  for (const name of ["unsent", "unrecorded"]) if (counted?.[name]) rows.push([name, number(counted[name]), true]);
  for (const [name, key] of [["delay, median", "delay_p50"], ["delay, 99 %", "delay_p99"]]) {
    const travel = figures[`${key}_mm`];
    rows.push([name, number(figures[`${key}_ms`] === null ? null : figures[`${key}_ms`].toFixed(0), " ms"), false, travel === null ? "" : `${travel.toFixed(2)} mm of travel`]);
  }
  if (figures.speed_mm_s !== null) rows.push(["travel", `${figures.speed_mm_s.toFixed(1)} mm/s`]);
  $("figures").replaceChildren(...rows.map(([name, value, bad, more]) => {
    const told = make("dd", {}, value);
    if (more) told.append(make("small", {}, more));
    return make("div", bad ? { class: "bad" } : {}, make("dt", {}, name), told);
  }));
}

function showEvents() {
  const newest = [...events.values()].sort((a, b) => b.started_at - a.started_at);
  for (const old of newest.splice(MAX_EVENTS)) events.delete(old.id);
  $("events").replaceChildren(...newest.map(eventItem));
  $("no-events").hidden = newest.length > 0;
  $("events").hidden = newest.length === 0;
}

function eventItem(event) {
  const peak = event.confidence === null ? "" : ` ${Math.round(100 * event.confidence)} %`;
  const title = make("b", {}, event.label, make("small", {}, `${peak}${event.phase === "started" ? " · still going" : ""}`));
  const [from, to] = [event.start.along_mm, event.end.along_mm];
  const where = from === null || to === null
    ? `${clock(event.started_at)} · ${event.duration_s.toFixed(1)} s`
    : `${from.toFixed(1)} to ${mm(to)} · ${mm(event.length_mm ?? Math.abs(to - from))} long`;
  const run = event.run_id === view.run?.id ? "" : `earlier run, ${clock(event.started_at)} · `;
  const drawn = event.simulated ? "simulated · " : "";
  const shape = make("span", { class: "event", "data-state": event.state }, icon(event.state));
  return make("li", {}, shape, title, make("span", { class: "where" }, where), make("span", { class: "remedy" }, `${drawn}${run}${event.remedy}`));
}

function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (!view?.run) return;
    drawStrip($("strip"), { cells: [...cells.values()], events: [...events.values()], labels: view.run.labels, runId: view.run.id });
  });
}

/* no line, or several */

function showNone(title) {
  $("none-title").textContent = title;
  $("none").hidden = false;
  $("command").textContent = `beadwatch watch sim://tig --station ${BASE.href.replace(/\/$/, "")}`;
  $("copy").hidden = !navigator.clipboard;
}

async function lookAround() {
  const lines = await fetch(new URL("v1/line", BASE)).then((response) => response.json()).then((body) => body.lines).catch(() => null);
  if (lines?.length === 1 && $("lines").hidden) {
    $("none").hidden = true;
    return follow(lines[0].line);
  }
  if (lines?.length === 0) showNone("No line is watched");
  if (lines === null) showNone("The station does not answer");
  $("none").hidden = Boolean(lines?.length);
  $("lines").hidden = !lines?.length;
  showLines(lines ?? []);
  setTimeout(lookAround, LOOK_AGAIN_MS);
}

function showLines(lines) {
  const focused = document.activeElement?.getAttribute("href");
  $("lines").replaceChildren(...lines.map((line) => {
    const words = make("span", { class: "words" }, make("strong", {}, line.line), make("span", {}, `${line.state}: ${line.reason || line.labels.join(", ") || "now"}`));
    if (line.simulated) words.append(make("b", {}, " · SIMULATED"));
    const card = make("a", { class: "state", "data-state": line.state, href: `${BASE.pathname}line/${encodeURIComponent(line.line)}` }, icon(line.state), words);
    return make("li", {}, card);
  }));
  for (const link of $("lines").querySelectorAll("a")) if (link.getAttribute("href") === focused) link.focus();
}

function listen() {
  $("legend").replaceChildren(...STATES.map((state) => make("li", {}, make("i", { "data-state": state }, icon(state)), state)));
  $("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText($("command").textContent);
    $("copy").textContent = "Copied";
  });
  new ResizeObserver(drawSoon).observe($("strip-panel"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSoon);
}

if (await signedIn()) {
  listen();
  if (named) {
    $("all").hidden = false;
    follow(named);
  } else lookAround();
}
