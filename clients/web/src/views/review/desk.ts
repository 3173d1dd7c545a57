// The reviewer's desk: what lies on it, which piece is looked at, and what was decided. Knows no keys and no layout.
//
// A verdict stays where it was given until the station has it; only then comes the next piece.

import { computed, signal } from "@preact/signals";
import { pairing } from "../../data/settings";
import {
  type Filter, type Given, givenDetail, listGiven, type People, type Review, type ReviewVerdict, sendReview,
} from "../../station/review";
import { route } from "../route";

export const WAITING: Filter = { task: "", label: "", reviewed: "false", disagreements: false, since: "", order: "disagreements" };
export const DONE: Record<ReviewVerdict, string> = { accepted: "Accepted", rejected: "Rejected" };

const WIDE = matchMedia("(width >= 48rem)");

export const filter = signal<Filter>(WAITING);
export const items = signal<Given[]>([]);
export const people = signal<People>({});
export const hasMore = signal(false);
export const loading = signal(false);
/** Why there is no list. */
export const listProblem = signal<unknown>(null);

/** What was opened by its address and is not in the list. */
const opened = signal<Given | null>(null);
/** All reviews of the piece that is looked at; null until they are here. */
export const reviews = signal<Review[] | null>(null);
export const openProblem = signal<unknown>(null);

export const sending = signal<ReviewVerdict | null>(null);
/** Why the verdict did not reach the station. */
export const sendProblem = signal<unknown>(null);
/** What happened last, in words. */
export const said = signal("");
/** The note to the verdict that is about to be given. */
export const note = signal("");
/** The piece whose picture is on the screen, and the one whose picture cannot be had. */
export const seen = signal("");
export const unseen = signal("");

/** The piece that is looked at; "" is none, also when another page has come while the station was asked. */
export const chosenId = computed(() => (route.value[0] === "review" ? route.value[1] : ""));
export const chosen = computed(() => {
  const id = chosenId.value;
  return items.value.find((each) => each.id === id) ?? (opened.value?.id === id ? opened.value : null);
});
export const place = computed(() => items.value.findIndex((each) => each.id === chosenId.value));
/** Nobody accepts what they have not seen; what has no picture can still be rejected. */
export const mayAccept = computed(() => chosen.value !== null && seen.value === chosenId.value);
export const mayReject = computed(() => mayAccept.value || (chosen.value !== null && unseen.value === chosenId.value));

let newest = 0;
let nextBefore: string | null = null;

/** Fetch the list from its beginning, or what comes after it. */
export async function load(more = false): Promise<void> {
  if (more && loading.value) return;
  const mine = ++newest;
  loading.value = true;
  listProblem.value = null;
  try {
    const page = await listGiven(filter.value, more ? nextBefore : null);
    if (mine !== newest) return;
    const there = more ? items.value : [];
    items.value = [...there, ...page.feedback.filter((each) => !there.some((other) => other.id === each.id))];
    people.value = { ...people.value, ...page.people };
    nextBefore = page.next_before;
    hasMore.value = nextBefore !== null;
  } catch (error) {
    if (mine !== newest) return;
    listProblem.value = error;
    if (!more) hasMore.value = false; // what is still shown may be of another filter: nothing is put behind it
  } finally {
    if (mine === newest) loading.value = false;
  }
}

/** Come to the page: list what waits, and keep to the piece that the address names. */
export async function sitDown(): Promise<void> {
  said.value = "";
  await load();
  if (!chosenId.value) lookAtFirst();
}

/** Leave the page: what one account saw is not for the next. */
export function clearUp(): void {
  newest++;
  items.value = [];
  people.value = {};
  hasMore.value = loading.value = false;
  listProblem.value = opened.value = reviews.value = null;
}

/** List by another filter; what is listed anew is looked at from its beginning. */
export async function choose(changed: Partial<Filter>): Promise<void> {
  filter.value = { ...filter.value, ...changed };
  said.value = "";
  await load();
  if (!listProblem.value && place.value < 0) lookAtFirst();
}

/** Where list and piece stand side by side, a piece is looked at from the start. */
function lookAtFirst(): void {
  if (WIDE.matches && items.value[0]) lookAt(items.value[0].id);
  else if (WIDE.matches && chosenId.value) location.replace("#/review");
}

/** Look at a piece. From piece to piece makes no history, so that the back gesture leads to the list. */
export function lookAt(id: string): void {
  const address = `#/review/${encodeURIComponent(id)}`;
  if (chosenId.value || WIDE.matches) location.replace(address);
  else location.hash = address;
}

/** Begin with a piece: fetch its reviews, and itself where the list does not have it. Returns what ends it. */
export function begin(id: string): () => void {
  let gone = false;
  reviews.value = null;
  openProblem.value = sendProblem.value = null;
  note.value = seen.value = unseen.value = "";
  if (id) {
    givenDetail(id).then(
      ({ reviews: all, people: names, ...given }) => {
        if (gone) return;
        people.value = { ...people.value, ...names };
        opened.value = given;
        reviews.value = all;
      },
      (error: unknown) => { if (!gone) openProblem.value = error; },
    );
  }
  return () => { gone = true; };
}

/** Go on or back in the list; at its end, fetch more. */
export async function step(by: 1 | -1): Promise<void> {
  if (by === 1 && place.value === items.value.length - 1 && hasMore.value) await load(true);
  const next = items.value[place.value + by];
  if (next) {
    said.value = "";
    lookAt(next.id);
  }
}

/** Send a verdict and go on to the next piece that has none; where the station does not take it, stay. */
export async function decide(verdict: ReviewVerdict): Promise<void> {
  const given = chosen.value;
  if (!given || sending.value || !(verdict === "accepted" ? mayAccept : mayReject).value) return;
  sending.value = verdict;
  sendProblem.value = null;
  said.value = "";
  try {
    take(await sendReview(given.id, verdict, note.value.trim()));
    said.value = `${DONE[verdict]}.`;
    await goOn(given);
  } catch (error) {
    if (chosenId.value === given.id) sendProblem.value = error;
    else said.value = `Not ${verdict}: the station did not take it. Go back and decide again.`;
  } finally {
    sending.value = null;
  }
}

function take(stored: Given): void {
  const { review } = stored;
  items.value = items.value.map((each) => (each.id === stored.id ? stored : each));
  if (opened.value?.id === stored.id) opened.value = stored;
  if (review && pairing.value) people.value = { ...people.value, [review.account_id]: pairing.value.account };
  if (review && chosenId.value === stored.id) reviews.value = [review, ...(reviews.value ?? [])];
}

async function goOn(from: Given): Promise<void> {
  const at = items.value.findIndex((each) => each.id === from.id);
  const open = (each: Given) => each.review === null;
  if (!items.value.slice(at + 1).some(open) && hasMore.value) await load(true);
  if (chosenId.value !== from.id) return;
  const next = items.value.slice(at + 1).find(open) ?? items.value.find(open) ?? items.value[at + 1];
  said.value += next ? " This is the next one." : " That was the last one.";
  note.value = "";
  if (next) lookAt(next.id);
}
