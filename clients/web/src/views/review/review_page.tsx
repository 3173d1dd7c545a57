// The page for reviewers: what people corrected, disagreements first, decided with one key each.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { pairing } from "../../data/settings";
import { StationError } from "../../station/api";
import { Problem } from "../pieces";
import { begin, choose, chosenId, clearUp, decide, items, listProblem, sitDown, step } from "./desk";
import { Detail } from "./detail";
import { Filters, FiltersToggle } from "./filters";
import { KeysDialog, useKeys } from "./keys";
import { List } from "./list";
import type { Look } from "./picture";
import { TroubleBox } from "./trouble";

export function ReviewPage() {
  if (!pairing.value) {
    return (
      <Problem title="This device is not paired" text="Corrections belong to a team: pair this device with a reviewer's code first.">
        <a class="button" href="#/station">Pair this device</a>
      </Problem>
    );
  }
  return <Desk key={pairing.value.token} />;
}

function Desk() {
  const look: Look = { larger: useSignal(false), marks: useSignal(true) };
  const filters = useSignal(false);
  const noteField = useRef<HTMLTextAreaElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    void sitDown();
    return clearUp;
  }, []);
  useEffect(() => begin(chosenId.value), [chosenId.value]);
  const [next, previous] = [() => void step(1), () => void step(-1)];
  const showKeys = () => dialog.current?.showModal();
  useKeys({
    a: () => void decide("accepted"), r: () => void decide("rejected"),
    j: next, ArrowDown: next, ArrowRight: next, k: previous, ArrowUp: previous, ArrowLeft: previous,
    n: () => noteField.current?.focus(), "?": showKeys,
    z: () => { look.larger.value = !look.larger.value; }, m: () => { look.marks.value = !look.marks.value; },
  });
  return (
    <>
      <div class={chosenId.value ? "desk looking" : "desk"}>
        <section class="list-side" aria-label="Corrections">
          <div class="list-head">
            <h1>Review</h1>
            <FiltersToggle shown={filters} />
            <button type="button" class="button quiet keys-button" aria-keyshortcuts="?" onClick={showKeys}>Keys <kbd>?</kbd></button>
          </div>
          <a class="to-compare soft" href="#/compare">Compare a challenger with the champion</a>
          {isForbidden(listProblem.value) ? <Forbidden error={listProblem.value} /> : <Listed filters={filters.value} />}
        </section>
        {!isForbidden(listProblem.value) && <Detail look={look} noteField={noteField} />}
      </div>
      <KeysDialog dialog={dialog} />
    </>
  );
}

function Listed({ filters }: { filters: boolean }) {
  const failed = listProblem.value !== null;
  return (
    <>
      {filters && <Filters />}
      {failed && <TroubleBox error={listProblem.value} again={() => void choose({})} />}
      {(!failed || items.value.length > 0) && <List />}
    </>
  );
}

function isForbidden(error: unknown): error is StationError {
  return error instanceof StationError && error.status === 403;
}

function Forbidden({ error }: { error: StationError }) {
  return (
    <Problem title="This page is for reviewers" text={`The station says: ${error.message}.`}>
      <p>Ask for a reviewer's account, and pair this device with its code. What you sent yourself is in the queue.</p>
      <div class="buttons"><a class="button" href="#/station">To the station's page</a></div>
    </Problem>
  );
}
