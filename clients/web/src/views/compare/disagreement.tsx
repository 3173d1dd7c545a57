// One picture on which two models differ: the picture, both answers with their scores, and what people say.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { type Answer, type Disagreement, type PhoneAnswer, pictureOf, type Region } from "../../station/compare";
import { givenPicture } from "../../station/review";
import { VerdictSign, when } from "../pieces";
import { useNear, usePicture } from "../review/picture";
import { classesOf, rightInWords, type Row, rowsOf, titleOf } from "./words";

const CHALLENGER_SEES = "Dashed: where the challenger sees";
const GONE = "The picture cannot be shown: it is gone from the station, or the station does not answer.";

export function DisagreementPiece({ each }: { each: Disagreement }) {
  const { inspection, feedback, answer } = each;
  return (
    <li>
      <article class="panel disagreement" tabIndex={-1} aria-label={`${titleOf(each)}: ${inspection?.path ?? "judged on a phone"}`}>
        {inspection ? <Picture inspection={inspection} answer={answer} /> : <GivenPicture id={feedback!.id} answer={answer} />}
        <div class="both">
          <div class="signs">
            {inspection
              ? <div><span class="soft">Champion {inspection.model_version}</span><VerdictSign small verdict={inspection.disposition} label={inspection.label} /></div>
              : <OnPhone feedback={feedback!} />}
            <div><span class="soft">Challenger {answer.model_version}</span><VerdictSign small verdict={answer.disposition} label={answer.label} /></div>
          </div>
          <p class="right" data-right={each.right ?? "unknown"}>{rightInWords(each)}</p>
          <Scores each={each} />
          <details>
            <summary>Why</summary>
            {inspection && <Reasons who="Champion" answer={inspection} />}
            <Reasons who="Challenger" answer={answer} />
            <p class="soft">
              {inspection ? `${inspection.path} · inspected ${when(inspection.created_at)}` : `Judged on a phone, and received ${when(feedback!.received_at)}`}
            </p>
          </details>
        </div>
      </article>
    </li>
  );
}

function Reasons({ who, answer }: { who: string; answer: Answer }) {
  return <p><b>{who}:</b> {answer.reasons.join("; ") || "no reason given"}</p>;
}

/** A phone's answer: it sends classes, so that there is no verdict to show. */
function OnPhone({ feedback: { model_version, labels } }: { feedback: PhoneAnswer }) {
  return (
    <div>
      <span class="soft">Champion {model_version}, on a phone</span>
      <p class="on-phone"><b>{classesOf(labels)}</b> <span class="soft">no verdict was sent</span></p>
    </div>
  );
}

/** The picture of feedback: only the challenger has said where it looked. */
function GivenPicture({ id, answer: { regions } }: { id: string; answer: Answer }) {
  return (
    <Compared path={givenPicture(id, "thumbnail")} alt="The weld" caption={regions.length > 0 && where(CHALLENGER_SEES, regions)}>
      <Places regions={regions} kind="challenger" />
    </Compared>
  );
}

function Picture({ inspection, answer }: { inspection: NonNullable<Disagreement["inspection"]>; answer: Answer }) {
  const any = inspection.regions.length + answer.regions.length > 0;
  const caption = any && `${where("Solid: where the champion sees", inspection.regions)} ${where(CHALLENGER_SEES, answer.regions)}`;
  return (
    <Compared path={pictureOf(inspection.id)} alt={`The weld ${inspection.path}`} caption={caption}>
      <Places regions={inspection.regions} kind="champion" />
      <Places regions={answer.regions} kind="challenger" />
    </Compared>
  );
}

/** A picture of the station, which may need the token, with what is drawn on it. */
function Compared({ path, alt, caption, children }: { path: string; alt: string; caption: string | false; children: ComponentChildren }) {
  const frame = useRef<HTMLElement>(null);
  const { url, problem } = usePicture(path, useNear(frame));
  return (
    <figure class="compared" ref={frame}>
      {url
        ? <div class="framed"><img src={url} alt={alt} />{children}</div>
        : <p class="soft" role="status">{problem ? GONE : "Fetching the picture …"}</p>}
      {url && caption && <figcaption class="soft">{caption}</figcaption>}
    </figure>
  );
}

function where(words: string, regions: Region[]): string {
  return regions.length ? `${words} ${[...new Set(regions.map((region) => region.label))].join(", ")}.` : "";
}

function Places({ regions, kind }: { regions: Region[]; kind: string }) {
  return (
    <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {regions.map((region, at) => <Place key={at} region={region} kind={kind} />)}
    </svg>
  );
}

function Place({ region: { box: [left, top, right, bottom] }, kind }: { region: Region; kind: string }) {
  const sides = { x: left, y: top, width: right - left, height: bottom - top, "vector-effect": "non-scaling-stroke" };
  return <g class={kind}><rect class="edge" {...sides} /><rect class="mark" {...sides} /></g>;
}

function Scores({ each }: { each: Disagreement }) {
  const rows = rowsOf(each);
  return (
    <table class="answers">
      <thead>
        <tr><th scope="col">Class</th><th scope="col">Champion</th><th scope="col">Challenger</th>{each.truth && <th scope="col" class="person">Person</th>}</tr>
      </thead>
      <tbody>{rows.map((row) => <ScoreRow key={row.name} row={row} />)}</tbody>
    </table>
  );
}

function ScoreRow({ row: { name, champion, challenger, person } }: { row: Row }) {
  const named = champion.present || challenger.present || person;
  return (
    <tr class={named ? "named" : "neither"}>
      <th scope="row">{name}</th>
      <Said {...champion} />
      <Said {...challenger} />
      {person !== null && <td class="person"><Tick is={person} /></td>}
    </tr>
  );
}

function Said({ score, present }: { score: number | null; present: boolean }) {
  return (
    <td>
      <span class="model-said">
        <Tick is={present} />
        {score === null ? <span class="soft">not known</span> : (
          <>
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="filled" width={100 * score} height="10" /></svg>
            <span class="number">{Math.round(100 * score)} %</span>
          </>
        )}
      </span>
    </td>
  );
}

function Tick({ is }: { is: boolean }) {
  return <span class="tick"><span aria-hidden="true">{is ? "✓" : "–"}</span><span class="unseen">{is ? "present" : "not present"}</span></span>;
}
