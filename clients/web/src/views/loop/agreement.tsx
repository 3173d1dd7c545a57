// How far people and model agree, by class and by person: a bar that is solid as far as the counts are sure, so that three
// pictures look like little.

import type { ComponentChildren } from "preact";
import type { ClassCounts, Person, Share } from "../../station/loop";

export function ClassAgreement({ classes }: { classes: readonly ClassCounts[] }) {
  if (!classes.length) return <p>Nothing to compare yet. Agreement is counted from what inspectors confirm and correct on their phones.</p>;
  return (
    <Bars name="Agreement by class" head="Class">
      {classes.map(({ label, both, person_only, model_only, agreement }) => (
        <Row key={label} name={label} share={agreement} counts={`${both} of ${both + person_only + model_only}`}>
          {person_only} only the person, {model_only} only the model
        </Row>
      ))}
    </Bars>
  );
}

export function PersonAgreement({ people }: { people: readonly Person[] }) {
  if (!people.length) return <p>Nobody has sent anything yet. Pair a phone, take a picture and confirm what the model says.</p>;
  return (
    <Bars name="Agreement by person" head="Who">
      {people.map((person) => (
        <Row
          key={person.account_id ?? "guests"} name={person.name ?? (person.account_id ? "somebody who left" : "guests")}
          share={person.agreement} counts={`${person.sent - person.disagreed} of ${person.sent}`}
        >
          {person.accepted} accepted, {person.rejected} rejected
        </Row>
      ))}
    </Bars>
  );
}

function Bars({ name, head, children }: { name: string; head: string; children: ComponentChildren }) {
  return (
    <>
      <table class="bars" aria-label={name}>
        <thead><tr><th scope="col">{head}</th><th scope="col" class="drawn">0 to 100 %</th><th scope="col">Agreement</th></tr></thead>
        <tbody>{children}</tbody>
      </table>
      <p class="soft">Solid: at least so much, surely. Pale: as much as it may be (95 % interval). The mark: as counted.</p>
    </>
  );
}

function Row({ name, share, counts, children }: { name: string; share: Share | null; counts: string; children: ComponentChildren }) {
  return (
    <tr>
      <th scope="row">{name}<span class="soft">{children}</span></th>
      <td class="drawn">{share && <Bar share={share} />}</td>
      <td class="told">{share && <b>{percent(share.value)}</b>} <span class="soft">{counts}</span> {share && <span class="soft">{interval(share)}</span>}</td>
    </tr>
  );
}

function Bar({ share: { value, low, high } }: { share: Share }) {
  return (
    <svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="may-be" x={100 * low} width={100 * (high - low)} height="10" />
      <rect class="sure" width={100 * low} height="10" />
      <path class="counted" d={`M${100 * value} 0V10`} />
    </svg>
  );
}

function interval({ low, high }: Share): string {
  return `${Math.round(100 * low)} to ${Math.round(100 * high)} %`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
