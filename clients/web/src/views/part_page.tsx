// A part with many welds: its tally while one works, and its report.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { captures, type Capture, onCaptures } from "../data/captures";
import { database } from "../data/database";
import { allParts, choosePart, currentPart, type Field, FIELDS, fillIn, type Part, startPart } from "../data/parts";
import type { Manifest, Verdict } from "../model/manifest";
import { type Findings, reportJson, reportPage } from "../report/report";
import { Icon } from "./icons";
import { VerdictSign, when, WORDS } from "./pieces";

export function PartPage() {
  const part = currentPart.value;
  return (
    <>
      <h1>Part</h1>
      {part ? <Current part={part} /> : <Begin />}
      <Others />
    </>
  );
}

function Begin() {
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    void startPart(String(new FormData(event.currentTarget).get("name")));
  };
  return (
    <form class="panel" onSubmit={submit}>
      <h2>Begin a part</h2>
      <p>Pictures that you take from now on belong to it, and one report covers them all.</p>
      <label>Drawing or serial number<input name="name" required maxLength={128} /></label>
      <button type="submit" class="button">Begin</button>
    </form>
  );
}

function Current({ part }: { part: Part }) {
  const welds = useSignal<Capture[]>([]);
  useEffect(() => {
    const load = () => void captures("part", part.id).then((found) => { welds.value = found; });
    load();
    return onCaptures(load);
  }, [part.id]);
  return (
    <>
      <section class="panel">
        <h2>{part.name}</h2>
        <p class="soft">Begun {when(part.startedAt)}</p>
        <Tally welds={welds.value} />
        <div class="buttons">
          <a class="button" href="#/camera">Next weld</a>
          <button type="button" class="button quiet" onClick={() => void choosePart(null)}>Part is done</button>
        </div>
      </section>
      {welds.value.length === 0 && <p>No weld yet. Take a picture and it will be counted here.</p>}
      <ul class="captures">
        {welds.value.map((weld, at) => (
          <li key={weld.id} data-state={weld.state}>
            <a href={`#/capture/${weld.id}`}>
              <img src={weld.thumbnail} alt="" loading="lazy" />
              <span>
                <VerdictSign verdict={weld.answer.verdict} label={weld.labels.join(", ") || "nothing ticked"} small />
                <span class="soft">Weld {at + 1}{weld.seamId && `, seam ${weld.seamId}`}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      <Report part={part} welds={welds.value} />
    </>
  );
}

function Tally({ welds }: { welds: Capture[] }) {
  const verdicts: Verdict[] = ["accept", "review", "reject"];
  return (
    <dl class="tally">
      {verdicts.map((verdict) => (
        <div key={verdict} data-verdict={verdict}>
          <dt><Icon name={verdict} />{WORDS[verdict]}</dt>
          <dd>{welds.filter((weld) => weld.answer.verdict === verdict).length}</dd>
        </div>
      ))}
    </dl>
  );
}

function Report({ part, welds }: { part: Part; welds: Capture[] }) {
  const page = async () => save(`${name}.html`, "text/html", reportPage(part, welds, await findingsHere()));
  const json = async () => save(`${name}.json`, "application/json", JSON.stringify(reportJson(part, welds, await findingsHere()), null, 2));
  const name = part.name.replace(/[^\w.-]+/g, "-") || "part";
  return (
    <details class="panel">
      <summary>Visual-testing report</summary>
      <p class="soft">What is left empty can be filled in by hand. The report lists what was seen; a person decides and signs.</p>
      <div class="notes">
        {(Object.keys(FIELDS) as Field[]).map((field) => (
          <label key={field}>
            {FIELDS[field]}
            <input value={part.fields[field] ?? ""} maxLength={128} onChange={(event) => void fillIn(part, field, event.currentTarget.value)} />
          </label>
        ))}
      </div>
      <div class="buttons">
        <button type="button" class="button" disabled={!welds.length} onClick={() => void page()}>Save as page</button>
        <button type="button" class="button quiet" disabled={!welds.length} onClick={() => void json()}>Save as JSON</button>
      </div>
    </details>
  );
}

/** Return what the classes of the models on this device stand for. */
async function findingsHere(): Promise<Findings> {
  const kept = await (await database()).getAll("models");
  const ofTask = ({ labels }: Manifest) => Object.fromEntries(labels.flatMap((each) => (each.finding ? [[each.name, each.finding]] : [])));
  return Object.fromEntries(kept.map(({ active }) => [active.task, ofTask(active)]));
}

function save(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Others() {
  const parts = useSignal<Part[]>([]);
  const current = currentPart.value?.id;
  useEffect(() => void allParts().then((found) => { parts.value = found; }), [current]);
  const others = parts.value.filter((part) => part.id !== current);
  if (!others.length) return null;
  return (
    <section>
      <h2>Other parts</h2>
      <ul class="captures">
        {others.map((part) => (
          <li key={part.id}>
            <button type="button" class="quiet" onClick={() => void choosePart(part)}>{part.name}</button>
            <span class="soft">begun {when(part.startedAt)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
