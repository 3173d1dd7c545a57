// What is on this device and not yet at the station, and what happens to it.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { allCaptures, type Capture, changeCapture, onCaptures } from "../data/captures";
import { sendQueue, sync } from "../station/sync";
import { VerdictSign, when } from "./pieces";

const STATES: Record<Capture["state"], string> = {
  draft: "not confirmed yet", queued: "waits for the station", sent: "at the station", refused: "the station refuses it",
};
const SHOWN_SENT = 20;

export function QueuePage() {
  const all = useSignal<Capture[]>([]);
  useEffect(() => {
    const load = () => void allCaptures().then((found) => { all.value = found; });
    load();
    return onCaptures(load);
  }, []);
  const unsent = all.value.filter((each) => each.state !== "sent");
  const drafts = unsent.filter((each) => each.state === "draft");
  const confirm = async () => {
    for (const draft of drafts) await changeCapture(draft.id, { state: "queued" });
    await sendQueue();
  };
  return (
    <>
      <h1>Queue</h1>
      <SyncState waiting={all.value.filter((each) => each.state === "queued").length} />
      {drafts.length > 1 && <button type="button" class="button" onClick={confirm}>Confirm all {drafts.length} and send</button>}
      {unsent.length === 0 && <p>Everything is at the station. Take a picture and it will wait here until it is there.</p>}
      <ul class="captures">{unsent.map((each) => <Row key={each.id} capture={each} />)}</ul>
      {all.value.length > unsent.length && (
        <>
          <h2>Sent last</h2>
          <ul class="captures">
            {all.value.filter((each) => each.state === "sent").slice(0, SHOWN_SENT).map((each) => <Row key={each.id} capture={each} />)}
          </ul>
        </>
      )}
    </>
  );
}

function SyncState({ waiting }: { waiting: number }) {
  const { state, message, nextTryAt } = sync.value;
  if (state === "unpaired") {
    return <p class="panel problem" role="status">{message} <a href="#/station">Pair this device</a>. Nothing is lost meanwhile.</p>;
  }
  if (state === "waiting") {
    const seconds = Math.max(0, Math.round((nextTryAt - Date.now()) / 1000));
    return (
      <p class="panel" role="status">
        {message} {waiting} wait here; next try in about {seconds} s.{" "}
        <button type="button" class="quiet" onClick={() => void sendQueue()}>Try now</button>
      </p>
    );
  }
  return <p class="soft" role="status">{state === "sending" ? "Sending …" : waiting ? `${waiting} to send.` : ""}</p>;
}

function Row({ capture }: { capture: Capture }) {
  const retry = () => void changeCapture(capture.id, { state: "queued", problem: "" }).then(() => sendQueue());
  return (
    <li data-state={capture.state}>
      <a href={`#/capture/${capture.id}`}>
        <img src={capture.thumbnail} alt="" loading="lazy" />
        <span>
          <VerdictSign verdict={capture.answer.verdict} label={capture.labels.join(", ") || "nothing ticked"} small />
          <span class="soft">{when(capture.capturedAt)} · {STATES[capture.state]}{capture.problem && `: ${capture.problem}`}</span>
        </span>
      </a>
      {capture.state === "refused" && <button type="button" class="quiet" onClick={retry}>Try again</button>}
    </li>
  );
}
