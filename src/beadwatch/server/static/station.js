// The station's page: send a picture, show what came back. Knows the HTTP interface, nothing of models.

import { $, BASE, icon, make } from "./elements.js";
import { signedIn } from "./sign_in.js";

const models = new Map();
let nextBefore = null;

const MAX_TRIES = 20;

/** Fetch JSON from an address of the station, or throw an Error that says what to do, and after how many seconds, where
 *  the station names a time. */
async function call(path, options) {
  let response;
  try {
    response = await fetch(new URL(path, BASE), options);
  } catch {
    throw new Error("The station does not answer. Check that it runs and try again.");
  }
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const error = new Error(body?.error?.message ?? `The station answered ${response.status}.`);
  error.retryAfterS = Number(response.headers.get("Retry-After"));
  throw error;
}

/** Call as `call` does, again and again while the station is busy; `waiting` is called before each wait. */
async function patiently(path, options, waiting) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call(path, options);
    } catch (error) {
      if (!error.retryAfterS || tries === MAX_TRIES) throw error;
      waiting();
      await new Promise((wake) => setTimeout(wake, 1000 * error.retryAfterS * (1 + Math.random())));
    }
  }
}

async function showModels() {
  const { models: ready, refused } = await call("v1/models");
  const chosen = localStorage.getItem("task");
  for (const model of [...ready].sort((a, b) => a.task.localeCompare(b.task))) {
    models.set(model.task, model);
    const radio = make("input", { type: "radio", name: "task", value: model.task });
    radio.checked = model.task === chosen;
    radio.addEventListener("change", () => localStorage.setItem("task", model.task));
    const title = model.title[0].toUpperCase() + model.title.slice(1);
    const text = make("span", {}, make("b", {}, title), make("span", { class: "soft" }, promise(model)));
    $("tasks").append(make("label", { class: "task" }, radio, text));
  }
  const radios = $("tasks").querySelectorAll("input");
  if (radios.length && !document.querySelector("input[name=task]:checked")) radios[0].checked = true;
  $("models").textContent = ready.map((model) => `${model.task} ${model.version}`).join("   ");
  if (refused.length) showProblem(refused.map((bundle) => bundle.message).join(" "), "A model was refused");
  else if (!ready.length) showProblem("Put a model bundle into the models folder and restart.", "No model is loaded");
}

/** What the model's own card promises for welds it never saw. */
function promise(model) {
  const name = model.kind === "single_label" ? "macro_recall" : "macro_auc";
  const figure = model.metrics.values[name];
  if (!figure) return "";
  const [value, low, high] = [figure.value, figure.low, figure.high].map((number) => number.toFixed(2));
  const words = name === "macro_recall" ? "mean recall" : "mean AUC";
  return `${words} ${value} (${low} to ${high}) on welds it never saw`;
}

const ALERT_DAYS = 7;

/** Show the newest alert, unless it is old or somebody has said in this browser that they have seen it. */
async function showAlert() {
  const [newest] = (await call("v1/alerts?limit=1")).alerts;
  if (!newest || newest.id === localStorage.getItem("alert seen")) return;
  const raised = new Date(newest.raised_at);
  if (Date.now() - raised > ALERT_DAYS * 86_400_000) return;
  $("alert-title").textContent = `${ALERT_NAMES[newest.event] ?? newest.event}, ${raised.toLocaleString()}`;
  $("alert-why").textContent = newest.why || newest.resource;
  $("alert-seen").addEventListener("click", () => {
    localStorage.setItem("alert seen", newest.id);
    $("alert").hidden = true;
  });
  $("alert").hidden = false;
}

const ALERT_NAMES = {
  "drift.detected": "The pictures are no longer what the model knows",
  "prefect.flow-run.Failed": "A job of the loop failed",
  "prefect.flow-run.Crashed": "A job of the loop was killed",
};

function showProblem(message, title = "This picture could not be inspected") {
  $("problem").querySelector("h2").textContent = title;
  $("problem-text").textContent = message;
  $("problem").hidden = false;
}

async function inspect(file) {
  const task = document.querySelector("input[name=task]:checked")?.value;
  if (!file || !task) return;
  $("problem").hidden = true;
  showBusy(URL.createObjectURL(file));
  const form = new FormData();
  form.append("task", task);
  form.append("image", file, file.name || "pasted picture");
  try {
    const waiting = () => sayBusy("The station is busy. Trying again …");
    showResult(await patiently("v1/inspections", { method: "POST", body: form }, waiting));
    await showRecent();
  } catch (error) {
    $("result").hidden = true;
    showProblem(error.message);
  }
}

function showBusy(picture) {
  showPicture(picture);
  sayBusy("Inspecting …");
  showRegions({});
  for (const id of ["seen", "why-panel", "todo-panel", "scores-panel", "provenance"]) $(id).hidden = true;
  $("result").hidden = false;
  scrollToResult();
}

function scrollToResult() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  $("result").scrollIntoView({ behavior: still ? "instant" : "smooth" });
}

function sayBusy(words) {
  const verdict = $("verdict");
  verdict.dataset.verdict = "busy";
  verdict.replaceChildren(icon("busy", true), make("div", {}, make("span", {}, words)));
}

function showPicture(url) {
  const old = $("picture").src;
  $("picture").src = url;
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}

/** Draw a box around each place to look at, name it in words, and offer its heat map. */
function showRegions({ id, regions = [] }) {
  $("regions").replaceChildren(...regions.map(boxed));
  const places = regions.map((region) => `${region.label} (${place(region.peak)})`).join(", ");
  $("where").replaceChildren(make("b", {}, "Look first here: "), `${places}. A hint where the evidence is, no outline.`);
  $("heats").replaceChildren(...regions.map((region) => heatButton(id, region.label)));
  $("look").hidden = !regions.length;
  showHeat(null);
}

function boxed(region, index) {
  const [left, top, right, bottom] = region.box;
  const box = make("div", { class: "region" }, make("span", {}, region.label));
  for (const [side, share] of Object.entries({ left, top, right: 1 - right, bottom: 1 - bottom })) {
    box.style[side] = `${100 * share}%`;
  }
  box.dataset.label = region.label;
  box.classList.toggle("low", index % 2 === 1); // the names of boxes that coincide do not
  box.classList.toggle("right", left > 0.5);
  return box;
}

function place([x, y]) {
  const third = (share, ...names) => names[Math.min(2, Math.floor(3 * share))];
  const words = [third(y, "top", "", "bottom"), third(x, "left", "", "right")].filter(Boolean);
  return words.join(" ") || "middle";
}

function heatButton(id, label) {
  const button = make("button", { class: "button quiet", type: "button", "aria-pressed": "false" }, `Heat map: ${label}`);
  const url = new URL(`v1/inspections/${id}/heatmap?label=${encodeURIComponent(label)}`, BASE).href;
  button.addEventListener("click", () => showHeat(button.getAttribute("aria-pressed") === "true" ? null : button, url, label));
  return button;
}

/** Lay the heat map of one class over the picture, with its box alone; without a button, none and all boxes. */
function showHeat(button, url, label) {
  for (const other of $("heats").children) other.setAttribute("aria-pressed", String(other === button));
  for (const box of $("regions").children) box.hidden = button !== null && box.dataset.label !== label;
  $("no-heat").textContent = "";
  $("heat").hidden = button === null;
  if (button) $("heat").src = url;
  else $("heat").removeAttribute("src");
}

async function sayWhyNoHeat() {
  const url = $("heat").getAttribute("src");
  if (!url) return;
  showHeat(null);
  await call(url).catch((error) => ($("no-heat").textContent = `No heat map: ${error.message}`));
}

function showResult(inspection) {
  const verdict = $("verdict");
  verdict.dataset.verdict = inspection.disposition;
  const held = inspection.labels.includes(inspection.label);
  const answer = held ? `${inspection.label} ${percent(inspection.confidence)}` : `perhaps ${inspection.label}`;
  verdict.replaceChildren(
    icon(inspection.disposition),
    make("div", {}, make("strong", {}, inspection.disposition), make("span", {}, answer)),
  );
  $("seen").hidden = !inspection.seen_in_training;
  $("why").replaceChildren(...inspection.reasons.map((reason) => make("li", {}, reason)));
  showRegions(inspection);
  showRemedies(inspection);
  showScores(inspection);
  $("provenance").textContent =
    `${inspection.path} · ${inspection.model} ${inspection.model_version} · ${inspection.latency_ms.toFixed(0)} ms · ` +
    new Date(inspection.created_at).toLocaleString();
  for (const id of ["why-panel", "scores-panel", "provenance", "result"]) $(id).hidden = false;
}

function showRemedies(inspection) {
  const findings = inspection.imperfections.map((finding) => {
    const box = make("div", { class: "finding" });
    const number = finding.iso6520 ? `ISO 6520-1: ${finding.iso6520}` : "process condition";
    box.append(make("p", {}, make("span", { class: "iso" }, number), make("b", {}, finding.name)));
    if (finding.likely_to_cause.length) box.append(make("p", { class: "soft" }, `Likely to cause ${numbered(finding.likely_to_cause)}`));
    if (finding.variants.length) box.append(make("p", { class: "soft" }, `It may also be ${numbered(finding.variants)}`));
    box.append(make("p", {}, `Usual cause: ${finding.cause}.`), make("p", {}, make("b", {}, `Remedy: ${finding.remedy}.`)));
    return box;
  });
  if (!findings.length && inspection.disposition !== "accept") {
    findings.push(make("p", {}, "Have a person look at the weld, or take another picture: closer, sharper, in better light."));
  }
  $("todo").replaceChildren(...findings);
  $("todo-panel").hidden = !findings.length;
}

const numbered = (list) => list.map((item) => `${item.iso6520} ${item.name}`).join(", ");
const percent = (score) => `${(100 * score).toFixed(0)} %`;

function showScores(inspection) {
  const thresholds = new Map(models.get(inspection.task)?.labels.map((label) => [label.name, label.threshold]));
  const rows = Object.entries(inspection.scores).sort((a, b) => b[1] - a[1]);
  $("scores").replaceChildren(
    ...rows.flatMap(([name, score]) => {
      const fill = make("i");
      fill.style.width = `${100 * score}%`;
      const track = make("div", { class: "track" }, fill);
      if (thresholds.has(name)) {
        const mark = make("u", { title: `counts from ${thresholds.get(name).toFixed(2)}` });
        mark.style.left = `${100 * thresholds.get(name)}%`;
        track.append(mark);
      }
      const present = inspection.labels.includes(name) ? { class: "present" } : {};
      return [make("dt", present, name), make("dd", {}, track), make("dd", { class: "number" }, percent(score))];
    }),
  );
}

async function showRecent(more = false) {
  const page = await call(`v1/inspections?limit=12${more && nextBefore ? `&before=${nextBefore}` : ""}`);
  nextBefore = page.next_before;
  const cards = page.inspections.map((inspection) => {
    const url = new URL(`v1/inspections/${inspection.id}/thumbnail`, BASE).href;
    const caption = make("span", { "data-verdict": inspection.disposition }, icon(inspection.disposition));
    caption.append(make("span", {}, `${inspection.disposition}: ${inspection.label}`));
    const image = make("img", { src: url, alt: inspection.path, loading: "lazy" });
    const card = make("button", { class: "card", type: "button" }, image, caption);
    card.addEventListener("click", () => {
      $("problem").hidden = true;
      showPicture(url);
      showResult(inspection);
      scrollToResult();
    });
    return make("li", {}, card);
  });
  if (more) $("list").append(...cards);
  else $("list").replaceChildren(...cards);
  $("empty").hidden = $("list").children.length > 0;
  $("more").hidden = nextBefore === null;
}

function listen() {
  for (const id of ["file", "camera"]) {
    $(id).addEventListener("change", (event) => {
      inspect(event.target.files[0]);
      event.target.value = "";
    });
  }
  $("shoot").hidden = !matchMedia("(pointer: coarse)").matches;
  $("more").addEventListener("click", () => showRecent(true));
  $("heat").addEventListener("error", sayWhyNoHeat);
  $("picture").addEventListener("load", ({ target }) => {
    $("stage").style.setProperty("--ratio", target.naturalWidth / target.naturalHeight);
  });
  document.addEventListener("paste", (event) => inspect(event.clipboardData.files[0]));
  const drop = $("drop");
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    inspect(event.dataTransfer.files[0]);
  });
}

async function start() {
  if (!(await signedIn())) return;
  listen();
  await showModels();
  await showRecent();
  await showAlert();
}

try {
  await start();
} catch (error) {
  showProblem(error.message, "The station is not well");
}
