// One correction: the picture first, then what model and person said, then the reviewer's verdict.

import type { RefObject } from "preact";
import type { Given } from "../../station/review";
import { when } from "../pieces";
import { chosen, chosenId, DONE, hasMore, items, openProblem, place, reviews, step } from "./desk";
import { type ClassRow, classRows, differenceOf } from "./difference";
import { nameOf, sender } from "./list";
import { type Look, ReviewPicture } from "./picture";
import { TroubleBox } from "./trouble";
import { VerdictBar } from "./verdict_bar";

export function Detail({ look, noteField }: { look: Look; noteField: RefObject<HTMLTextAreaElement | null> }) {
  const given = chosen.value;
  if (!given) {
    return (
      <div class="detail empty">
        {openProblem.value ? <TroubleBox error={openProblem.value} /> : <p class="soft">{chosenId.value ? "Opening …" : items.value.length > 0 && "Choose one from the list."}</p>}
        {chosenId.value && <p><a class="button quiet" href="#/review">To the list</a></p>}
      </div>
    );
  }
  return (
    <article class="detail" aria-label="The correction">
      <Head />
      <div class="detail-body" key={given.id}>
        <div class="picture-side">
          <ReviewPicture given={given} look={look} />
          <LookButtons look={look} boxes={given.boxes.length} />
        </div>
        <div class="said-side">
          <Earlier />
          <Answers given={given} />
          {given.note && <section class="panel"><h2>Note of {sender(given)}</h2><p class="note">{given.note}</p></section>}
          <Facts given={given} />
        </div>
      </div>
      <VerdictBar given={given} noteField={noteField} />
    </article>
  );
}

function Head() {
  const at = place.value;
  const atEnd = at === items.value.length - 1 && !hasMore.value;
  return (
    <div class="detail-head">
      <a class="button quiet to-list" href="#/review">List</a>
      <p class="soft">{at >= 0 && `${at + 1} of ${items.value.length}${hasMore.value ? "+" : ""}`}</p>
      <button type="button" class="button quiet" aria-keyshortcuts="k" disabled={at <= 0} onClick={() => void step(-1)}>Previous <kbd>k</kbd></button>
      <button type="button" class="button quiet" aria-keyshortcuts="j" disabled={atEnd} onClick={() => void step(1)}>Next <kbd>j</kbd></button>
    </div>
  );
}

function LookButtons({ look, boxes }: { look: Look; boxes: number }) {
  return (
    <div class="buttons">
      <button type="button" class="quiet" aria-pressed={look.larger.value} onClick={() => { look.larger.value = !look.larger.value; }}>Larger <kbd>z</kbd></button>
      {boxes > 0 && (
        <button type="button" class="quiet" aria-pressed={look.marks.value} onClick={() => { look.marks.value = !look.marks.value; }}>
          Marks <kbd>m</kbd>
        </button>
      )}
    </div>
  );
}

function Answers({ given }: { given: Given }) {
  return (
    <section class="panel">
      <h2>{headline(given)}</h2>
      <table class="answers">
        <thead><tr><th scope="col">Class</th><th scope="col">Model</th><th scope="col">Person</th></tr></thead>
        <tbody>{classRows(given).map((row) => <AnswerRow key={row.name} row={row} />)}</tbody>
      </table>
      <p class="soft">Model {given.answer.model} {given.answer.model_version}; ✓ held to be present.</p>
    </section>
  );
}

function AnswerRow({ row: { name, score, model, person } }: { row: ClassRow }) {
  const changed = model !== person && (person ? "added" : "removed");
  return (
    <tr class={changed || (person ? "both" : "neither")}>
      <th scope="row">{name} {changed && <span class={`change ${changed}`}>{changed === "added" ? "+ added" : "− taken off"}</span>}</th>
      <td>
        <span class="model-said">
          <Tick is={model} />
          {score === null ? <span class="soft">not known to it</span> : (
            <>
              <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="filled" width={100 * score} height="10" /></svg>
              <span class="number">{Math.round(100 * score)} %</span>
            </>
          )}
        </span>
      </td>
      <td><Tick is={person} /></td>
    </tr>
  );
}

function Tick({ is }: { is: boolean }) {
  return <span class="tick"><span aria-hidden="true">{is ? "✓" : "–"}</span><span class="unseen">{is ? "present" : "not present"}</span></span>;
}

/** Say in one sentence what the person made of the model's answer. */
function headline(given: Given): string {
  const { added, removed, both } = differenceOf(given);
  const who = sender(given);
  const name = who.slice(0, 1).toUpperCase() + who.slice(1);
  if (added.length + removed.length === 0) return `${name} agrees with the model: ${both.join(", ") || "nothing there"}`;
  const did = [added.length && `added ${added.join(", ")}`, removed.length && `took off ${removed.join(", ")}`];
  return `${name} ${did.filter(Boolean).join(" and ")}`;
}

function Facts({ given }: { given: Given }) {
  const facts: [string, string][] = [
    ["Sent by", sender(given)], ["Taken", when(given.captured_at)], ["Received", when(given.received_at)],
    ["Part", given.part_id], ["Seam", given.seam_id], ["Task", given.task],
  ];
  return (
    <section class="panel">
      <h2>About the picture</h2>
      <dl class="facts">{facts.map(([name, value]) => value && <FactRow key={name} name={name} value={value} />)}</dl>
    </section>
  );
}

function FactRow({ name, value }: { name: string; value: string }) {
  return <><dt>{name}</dt><dd>{value}</dd></>;
}

function Earlier() {
  const all = reviews.value;
  if (openProblem.value) return <TroubleBox error={openProblem.value} />;
  if (!all?.length) return null;
  return (
    <section class="panel">
      <h2>Reviewed before</h2>
      <p class="soft">The newest counts; deciding anew adds one.</p>
      <ol class="earlier">
        {all.map((review) => (
          <li key={review.reviewed_at + review.account_id}>
            <b class="done-word" data-verdict={review.verdict}>{DONE[review.verdict]}</b> by {nameOf(review.account_id)}, {when(review.reviewed_at)}
            {review.note && <p class="note">{review.note}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
