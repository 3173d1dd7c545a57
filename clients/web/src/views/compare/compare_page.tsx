// The page where a challenger's answers stand beside those that were given: how many differ, how gravely, who was right.

import { useEffect, useRef } from "preact/hooks";
import { pairing } from "../../data/settings";
import { StationError } from "../../station/api";
import type { Shadow } from "../../station/compare";
import { Icon } from "../icons";
import { Problem, when, WORDS } from "../pieces";
import { useKeys } from "../review/keys";
import { TroubleBox } from "../review/trouble";
import { sentence } from "../review/words";
import { DisagreementPiece } from "./disagreement";
import { choose, chosen, clearUp, found, hasMore, items, listProblem, load, loading, problem, sitDown, way } from "./table";
import { addressOf, countInWords, keyOf, moveOf, pictures, scoreInWords, VERDICTS } from "./words";

export function ComparePage() {
  if (!pairing.value) {
    return (
      <Problem title="This device is not paired" text="Comparisons are for reviewers and engineers: pair this device with such an account's code first.">
        <a class="button" href="#/station">Pair this device</a>
      </Problem>
    );
  }
  return <Compare key={pairing.value.token} />;
}

function Compare() {
  useEffect(() => {
    void sitDown();
    return clearUp;
  }, []);
  const name = chosen.value ? `${chosen.value.task}/${chosen.value.version}` : "";
  useEffect(() => {
    way.value = null;
    void load();
  }, [name]);
  if (problem.value instanceof StationError && problem.value.status === 403) {
    return (
      <Problem title="This page is for reviewers and engineers" text={sentence(problem.value.message)}>
        <a class="button" href="#/station">To the station's page</a>
      </Problem>
    );
  }
  if (problem.value !== null) return <TroubleBox error={problem.value} again={() => void sitDown()} />;
  if (!found.value) return <p class="soft" role="status">Opening …</p>;
  return (
    <>
      <h1>Compare</h1>
      <p class="soft">Another model's answers beside those that were given. Who inspects sees the champion's alone.</p>
      <Shadows shadows={found.value.shadows} problems={found.value.problems} />
      {found.value.comparisons.length === 0 ? <Empty /> : <Version />}
    </>
  );
}

function Shadows({ shadows, problems }: { shadows: Shadow[]; problems: string[] }) {
  if (shadows.length + problems.length === 0) return null;
  return (
    <section class="panel">
      <h2>In shadow now</h2>
      <ul class="shadows">
        {shadows.map(({ task, version, by, since, waiting, problem: why }) => (
          <li key={task}>
            <b>{version}</b> <span class="soft">({task}), since {when(since)}{by && `, put there by ${by}`}:</span>{" "}
            {waiting === 0 ? "has answered all that came since" : `${pictures(waiting)} to answer`}
            {why && <span class="problem-line" role="alert"><Icon name="review" /> Not answering: {sentence(why)}</span>}
          </li>
        ))}
        {problems.map((why) => <li key={why}><span class="problem-line" role="alert"><Icon name="review" /> {sentence(why)}</span></li>)}
      </ul>
    </section>
  );
}

function Empty() {
  const engineer = pairing.value?.role === "engineer" || pairing.value?.role === "admin";
  return (
    <section class="panel">
      <h2>Nothing to compare yet</h2>
      {!engineer && <p>No other model has answered a picture that your team gave feedback on. Send feedback, or ask an engineer:</p>}
      <p>
        Put a challenger into shadow with <code>beadwatch models shadow NAME --by WHO</code>, and inspect, here or with phones that send feedback: its answers appear here. Or
        have all stored pictures inspected again with <code>beadwatch flows run bulk-inspect</code>.
      </p>
      <div class="buttons"><button type="button" class="button" onClick={() => void sitDown()}>Look again</button></div>
    </section>
  );
}

function Version() {
  const version = chosen.value!;
  const list = useRef<HTMLOListElement>(null);
  const go = (by: 1 | -1) => step(list.current, by);
  useKeys({ j: () => go(1), k: () => go(-1) });
  return (
    <>
      {found.value!.comparisons.length > 1 && (
        <ul class="versions" aria-label="Versions">
          {found.value!.comparisons.map((each) => (
            <li key={`${each.task}/${each.version}`}>
              <a class="button quiet" href={addressOf(each)} aria-current={each === version ? "page" : undefined}>
                {each.version} <span class="soft">{each.changed} differ</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <section class="panel">
        <h2>{version.version} <span class="soft">({version.task}) against what was answered</span></h2>
        <p class="score-line"><b>{scoreInWords(version.score)}</b></p>
        <p>{countInWords(version)}</p>
        {version.moves.length > 0 && <Ways />}
      </section>
      <div class="list-head" aria-live="polite">
        <h2>{way.value ? `${WORDS[way.value.before]} became ${WORDS[way.value.now].toLowerCase()}` : "All that differ, the gravest first"}</h2>
        {way.value && <button type="button" class="button quiet" onClick={() => choose(null)}>Show all</button>}
      </div>
      {listProblem.value !== null && <TroubleBox error={listProblem.value} again={() => void load()} />}
      <ol class="disagreements" ref={list}>{items.value.map((each) => <DisagreementPiece key={keyOf(each)} each={each} />)}</ol>
      <div class="list-end">
        {loading.value && <p class="soft" role="status">Looking …</p>}
        {hasMore.value && !loading.value && <button type="button" class="button quiet" onClick={() => void load(true)}>Load more</button>}
        {!hasMore.value && !loading.value && listProblem.value === null && (
          <p class="soft">{items.value.length ? "That is all." : "No picture is answered otherwise."}</p>
        )}
      </div>
    </>
  );
}

/** From verdict to verdict: how many pictures went which way. A cell lists them. */
function Ways() {
  const { moves } = chosen.value!;
  return (
    <table class="ways">
      <caption class="soft">Pictures inspected here by verdict, from the champion's to the challenger's. A number lists them.</caption>
      <thead>
        <tr><th scope="col">Champion</th>{VERDICTS.map((now) => <th key={now} scope="col"><span class="soft">to</span> <Word verdict={now} /></th>)}</tr>
      </thead>
      <tbody>
        {VERDICTS.map((before) => (
          <tr key={before}>
            <th scope="row"><Word verdict={before} /></th>
            {VERDICTS.map((now) => <Cell key={now} before={before} now={now} {...counts(moveOf(moves, before, now))} />)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function counts({ pictures: all, changed }: { pictures: number; changed: number }) {
  return { changed, same: all - changed };
}

function Cell({ before, now, changed, same }: { before: typeof VERDICTS[number]; now: typeof VERDICTS[number]; changed: number; same: number }) {
  const pressed = way.value?.before === before && way.value.now === now;
  const title = before === now ? `${WORDS[before]} to both, other classes` : `${WORDS[before]} became ${WORDS[now].toLowerCase()}`;
  return (
    <td class={before === now ? "stays" : undefined}>
      {changed > 0
        ? <button type="button" class="quiet" aria-pressed={pressed} aria-label={`${title}: ${pictures(changed)}`} onClick={() => choose({ before, now })}>{changed}</button>
        : before !== now && <span class="soft">0</span>}
      {before === now && <span class="soft"> {same} same</span>}
    </td>
  );
}

function Word({ verdict }: { verdict: typeof VERDICTS[number] }) {
  return <span class="verdict-word" data-verdict={verdict}><Icon name={verdict} />{WORDS[verdict]}</span>;
}

/** Put the focus on the next picture or the one before; at the end, fetch more. */
function step(list: HTMLOListElement | null, by: 1 | -1): void {
  const pieces = [...(list?.querySelectorAll<HTMLElement>("article") ?? [])];
  const at = pieces.findIndex((piece) => piece.contains(document.activeElement));
  const next = pieces[at < 0 ? 0 : at + by];
  if (next) {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  } else if (by === 1 && hasMore.value) void load(true);
}
