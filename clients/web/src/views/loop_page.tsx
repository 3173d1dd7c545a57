// The dashboard of the loop: agreement by person and class and data growth of one's team, and for those who run models what
// was collected, found and released.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pairing } from "../data/settings";
import { type Loop, theLoop } from "../station/loop";
import { ClassAgreement, PersonAgreement } from "./loop/agreement";
import { History } from "./loop/history";
import { ReceivedChart } from "./loop/received";
import { Problem } from "./pieces";

export function LoopPage() {
  const loop = useSignal<Loop | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    theLoop().then((found) => { loop.value = found; }, (error: Error) => { problem.value = error.message; });
  }, []);
  if (problem.value) return <Problem title="The loop" text={problem.value}><a class="button" href="#/station">Station</a></Problem>;
  if (!loop.value) return <p class="soft" role="status">Opening …</p>;
  const { counted, days, people, classes } = loop.value;
  return (
    <>
      <h1>The loop</h1>
      {runsModels() && <History loop={loop.value} />}
      <h2>Your team</h2>
      <p class="soft">Counts are of the newest {counted} corrections of your team.</p>
      <p><a class="button quiet" href="#/compare">Compare models</a></p>
      <section class="panel"><h2>Corrections by day</h2><ReceivedChart days={days} /></section>
      <div class="beside">
        <section class="panel"><h2>Person and model, by class</h2><ClassAgreement classes={classes} /></section>
        <section class="panel"><h2>By person</h2><PersonAgreement people={people} /></section>
      </div>
    </>
  );
}

/** Whether the person is told what the loop did, which names people of all teams. */
function runsModels(): boolean {
  return pairing.value?.role === "engineer" || pairing.value?.role === "admin";
}
