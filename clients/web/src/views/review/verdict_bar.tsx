// What the reviewer decides, and what became of it.

import type { RefObject } from "preact";
import type { Given } from "../../station/review";
import { Icon } from "../icons";
import { decide, mayAccept, mayReject, note, said, sendProblem, sending } from "./desk";
import { sender } from "./list";
import { troubleOf } from "./words";

const MAX_NOTE = 4000;

/** The buttons are never quite disabled: the one that was pressed keeps the focus while the next piece comes. */
export function VerdictBar({ given, noteField }: { given: Given; noteField: RefObject<HTMLTextAreaElement | null> }) {
  const news = sending.value ? "Sending …" : said.value;
  const trouble = sendProblem.value !== null && troubleOf(sendProblem.value);
  return (
    <section class="verdict-bar" aria-label="Your verdict">
      {trouble && (
        <p class="problem" role="alert">
          <b>Not sent.</b> {trouble.text} {trouble.help === "pair" && <a href="#/station">Pair this device</a>}
        </p>
      )}
      <p>
        <span role="status">{news}</span>
        {!news && (given.review ? "Decided already; a new verdict counts instead." : `Is this what the picture shows, as ${sender(given)} says?`)}
      </p>
      <label>
        <span class="unseen">Note to your verdict</span>
        <textarea
          ref={noteField} rows={1} maxLength={MAX_NOTE} value={note.value} placeholder="Why, if it needs a word"
          aria-keyshortcuts="n" onInput={(event) => { note.value = event.currentTarget.value; }}
        />
      </label>
      <div class="verdict-buttons" role="group" aria-label={given.review ? "Decide anew" : "Are the person's labels right?"}>
        <button type="button" class="button accepting" aria-keyshortcuts="a" aria-disabled={!mayAccept.value || sending.value !== null} onClick={() => void decide("accepted")}>
          <Icon name="accept" />Accept labels <kbd>a</kbd>
        </button>
        <button type="button" class="button rejecting" aria-keyshortcuts="r" aria-disabled={!mayReject.value || sending.value !== null} onClick={() => void decide("rejected")}>
          <Icon name="reject" />Reject labels <kbd>r</kbd>
        </button>
      </div>
    </section>
  );
}
