// Which corrections are listed.

import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Filter } from "../../station/review";
import { knownClasses } from "../../station/review";
import { choose, filter, items, WAITING } from "./desk";

export function Filters() {
  const known = useSignal<Record<string, string[]>>({});
  useEffect(() => {
    // Without models at the station there are the classes of what is listed.
    knownClasses().then((classes) => { known.value = classes; }, () => undefined);
  }, []);
  const classes = useComputed(() => classesOf(known.value));
  const { task, label, reviewed, disagreements, since, order } = filter.value;
  const set = (changed: Partial<Filter>) => void choose(changed);
  const tasks = Object.keys(classes.value);
  const names = [...new Set((task ? [task] : tasks).flatMap((each) => classes.value[each] ?? []))];
  return (
    <div class="filters" role="group" aria-label="Filters">
      <label>Show
        <select name="reviewed" value={reviewed} onChange={(event) => set({ reviewed: event.currentTarget.value as Filter["reviewed"] })}>
          <option value="false">Not reviewed</option>
          <option value="true">Reviewed</option>
          <option value="">All</option>
        </select>
      </label>
      <label>First
        <select name="order" value={order} onChange={(event) => set({ order: event.currentTarget.value as Filter["order"] })}>
          <option value="disagreements">Disagreements</option>
          <option value="value">What teaches the model most</option>
          <option value="newest">The newest</option>
        </select>
      </label>
      <label>Task
        <select name="task" value={task} onChange={(event) => set({ task: event.currentTarget.value, label: "" })}>
          <option value="">All tasks</option>
          {withChosen(tasks, task).map((each) => <option key={each} value={each}>{each}</option>)}
        </select>
      </label>
      <label>The person saw
        <select name="label" value={label} onChange={(event) => set({ label: event.currentTarget.value })}>
          <option value="">Any class</option>
          {withChosen(names, label).map((each) => <option key={each} value={each}>{each}</option>)}
        </select>
      </label>
      <label>Received since
        <input type="date" name="since" value={since} onChange={(event) => set({ since: event.currentTarget.value })} />
      </label>
      <label class="switch">
        <input type="checkbox" checked={disagreements} onChange={(event) => set({ disagreements: event.currentTarget.checked })} />
        Disagreements only
      </label>
      {isSet(filter.value) && <button type="button" class="button quiet" onClick={() => set(WAITING)}>Clear the filters</button>}
    </div>
  );
}

/** Shows and hides the filters; says when some are on. */
export function FiltersToggle({ shown }: { shown: Signal<boolean> }) {
  return (
    <button type="button" class="button quiet" aria-expanded={shown.value} onClick={() => { shown.value = !shown.value; }}>
      {isSet(filter.value) ? "Filters: on" : "Filters"}
    </button>
  );
}

export function isSet(chosen: Filter): boolean {
  return (Object.keys(WAITING) as (keyof Filter)[]).some((name) => chosen[name] !== WAITING[name]);
}

function classesOf(known: Record<string, string[]>): Record<string, string[]> {
  const classes = { ...known };
  for (const { task, answer, labels } of items.value) {
    classes[task] = [...new Set([...(classes[task] ?? []), ...Object.keys(answer.scores), ...labels])];
  }
  return classes;
}

function withChosen(names: string[], chosen: string): string[] {
  return !chosen || names.includes(chosen) ? names : [...names, chosen];
}
