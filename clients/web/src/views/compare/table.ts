// What lies on the table: the versions, the chosen one's disagreements, and the one that is looked at.

import { computed, signal } from "@preact/signals";
import { type Comparisons, comparisons, type Disagreement, disagreements, type Way } from "../../station/compare";
import { route } from "../route";
import { isNamed } from "./words";

export const found = signal<Comparisons | null>(null);
/** Why there is nothing. */
export const problem = signal<unknown>(null);
export const way = signal<Way | null>(null);
export const items = signal<Disagreement[]>([]);
export const loading = signal(false);
export const hasMore = signal(false);
export const listProblem = signal<unknown>(null);

/** The version that the address names, or the first. */
export const chosen = computed(() => {
  const all = found.value?.comparisons ?? [];
  const about = route.value[0] === "compare" ? route.value[1] : "";
  return all.find((each) => isNamed(about, each)) ?? all[0] ?? null;
});

let newest = 0;
let nextAfter: string | null = null;

/** Ask which versions there are. */
export async function sitDown(): Promise<void> {
  problem.value = null;
  try {
    found.value = await comparisons();
  } catch (error) {
    problem.value = error;
  }
}

/** Leave the page: what one account saw is not for the next. */
export function clearUp(): void {
  newest++;
  found.value = way.value = null;
  items.value = [];
  hasMore.value = loading.value = false;
  problem.value = listProblem.value = null;
}

/** Fetch the chosen version's disagreements from the beginning, or what comes after them. */
export async function load(more = false): Promise<void> {
  const version = chosen.value;
  if (!version || (more && loading.value)) return;
  const mine = ++newest;
  loading.value = true;
  listProblem.value = null;
  if (!more) items.value = [];
  try {
    const page = await disagreements(version.task, version.version, way.value, more ? nextAfter : null);
    if (mine !== newest) return;
    items.value = [...items.value, ...page.disagreements];
    nextAfter = page.next_after;
    hasMore.value = nextAfter !== null;
  } catch (error) {
    if (mine === newest) listProblem.value = error;
  } finally {
    if (mine === newest) loading.value = false;
  }
}

/** List only what went one way; the same way again lists all. */
export function choose(wanted: Way | null): void {
  const again = wanted && way.value?.before === wanted.before && way.value.now === wanted.now;
  way.value = again ? null : wanted;
  void load();
}
