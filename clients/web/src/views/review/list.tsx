// The list of corrections: the picture, what the person changed, and what became of it.

import { useEffect, useRef } from "preact/hooks";
import type { Given } from "../../station/review";
import { Icon } from "../icons";
import { when } from "../pieces";
import { choose, chosenId, DONE, filter, hasMore, items, load, loading, lookAt, people, WAITING } from "./desk";
import { differenceOf } from "./difference";
import { isSet } from "./filters";
import { Thumbnail } from "./picture";

export function List() {
  if (items.value.length === 0) return loading.value ? <p class="soft" role="status">Looking for corrections …</p> : <Empty />;
  return (
    <>
      <ul class="to-review">{items.value.map((each) => <Row key={each.id} given={each} />)}</ul>
      <div class="list-end">
        {hasMore.value
          ? <button type="button" class="button quiet" disabled={loading.value} onClick={() => void load(true)}>Load more</button>
          : <><p class="soft">That is all.</p><button type="button" class="button quiet" disabled={loading.value} onClick={() => void choose({})}>Look for new ones</button></>}
      </div>
    </>
  );
}

function Empty() {
  if (isSet(filter.value)) {
    return (
      <div class="panel">
        <p>Nothing matches these filters.</p>
        <button type="button" class="button" onClick={() => void choose(WAITING)}>Clear the filters</button>
      </div>
    );
  }
  return (
    <div class="panel">
      <p><b>Everything is reviewed.</b> What inspectors send from their phones appears here, disagreements with the model first.</p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => void choose({})}>Look again</button>
        <button type="button" class="button quiet" onClick={() => void choose({ reviewed: "true" })}>Show reviewed ones</button>
      </div>
    </div>
  );
}

function Row({ given }: { given: Given }) {
  const link = useRef<HTMLAnchorElement>(null);
  const current = chosenId.value === given.id;
  useEffect(() => { if (current) link.current!.scrollIntoView({ block: "nearest" }); }, [current]);
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    lookAt(given.id);
  };
  const about = [sender(given), given.part_id && `part ${given.part_id}`].filter(Boolean).join(" · ");
  return (
    <li>
      <a ref={link} href={`#/review/${given.id}`} aria-current={current ? "true" : undefined} onClick={open}>
        <Thumbnail id={given.id} />
        <span class="what">
          <Changes given={given} />
          <span class="soft">{about}</span>
          <span class="soft">{when(given.captured_at)}</span>
        </span>
        {given.review && <Done given={given} />}
      </a>
    </li>
  );
}

/** What the person added and took off; where nothing, what both say. */
export function Changes({ given }: { given: Given }) {
  const { added, removed, both } = differenceOf(given);
  if (added.length + removed.length === 0) return <span class="agreed">{both.join(", ") || "nothing there"}<span class="soft"> agreed</span></span>;
  return (
    <span class="changes">
      {added.map((label) => <span key={label} class="change added"><span aria-hidden="true">+ </span><span class="unseen">added </span>{label}</span>)}
      {removed.map((label) => <span key={label} class="change removed"><span aria-hidden="true">− </span><span class="unseen">taken off </span>{label}</span>)}
    </span>
  );
}

function Done({ given: { review } }: { given: Given }) {
  const { verdict } = review!;
  return <span class="done" data-verdict={verdict} title={DONE[verdict]}><Icon name={verdict === "accepted" ? "accept" : "reject"} /><span class="unseen">{DONE[verdict]}</span></span>;
}

export function sender({ account_id: account }: Given): string {
  return account === null ? "a guest" : nameOf(account);
}

export function nameOf(account: string): string {
  return people.value[account] ?? `account ${account.slice(0, 8)}`;
}
