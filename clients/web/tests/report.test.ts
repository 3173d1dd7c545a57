// The part's report: every text of a person escaped, nothing signed off.

import { expect, test } from "vitest";
import type { Part } from "../src/data/parts";
import type { Finding } from "../src/model/manifest";
import { escaped, type Findings, reportJson, reportPage } from "../src/report/report";
import { captureOf } from "./made";

const EVIL = `"><script>alert('&')</script>`;
const CRACK: Finding = { label: "crack", kind: "imperfection", iso6520: "100", name: "crack", cause: "", remedy: "" };
const FINDINGS: Findings = {
  surface: { crack: CRACK, porosity: { ...CRACK, label: "porosity", iso6520: "2011", name: "gas pore" } },
  tig: {
    "high travel speed": {
      ...CRACK, label: "high travel speed", kind: "condition", iso6520: null, name: "high travel speed",
      likely_to_cause: [{ iso6520: "5011", name: "continuous undercut" }, { iso6520: "511", name: "incompletely filled groove" }],
    },
  },
};
const part: Part = { id: "key", name: "drawing 12", startedAt: "2026-01-31T11:00:00.000Z", fields: { material: "S355" } };

test("what means something in HTML is escaped", () => {
  expect(escaped(EVIL)).toBe("&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
  expect(escaped("Blech 3 µm – plain")).toBe("Blech 3 µm – plain");
});

test("no text that anybody wrote becomes a tag or leaves an attribute", () => {
  const evil = captureOf({
    note: EVIL, seamId: EVIL, labels: [EVIL], capturedAt: EVIL, thumbnail: `data:image/jpeg;base64,${EVIL}`,
    answer: { ...captureOf().answer, labels: [EVIL], model: EVIL, model_version: EVIL, verdict: EVIL as "accept" },
  });
  const page = reportPage({ ...part, name: EVIL, fields: { material: EVIL, tester: EVIL } }, [evil], { surface: { [EVIL]: { ...CRACK, label: EVIL, iso6520: EVIL, name: EVIL } } });
  expect(page).not.toContain("<script");
  expect(page.match(/&lt;script&gt;/g)!.length).toBeGreaterThanOrEqual(9);
  expect(page).not.toMatch(/src="[^"]*">[^<]*alert/);
});

test("a picture from elsewhere is not fetched", () => {
  expect(reportPage(part, [captureOf({ thumbnail: "https://elsewhere.example/a.jpg" })], {})).not.toContain("<img");
  expect(reportPage(part, [captureOf()], {})).toContain('<img alt="weld 1" src="data:image/jpeg;base64,/9j/">');
});

test("the report lists what model and person found, and signs nothing off", () => {
  const welds = [captureOf({ state: "sent" }), captureOf({ state: "draft", capturedAt: "2026-01-31T13:00:00.000Z" })];
  expect(reportJson(part, welds, FINDINGS)).toMatchObject({
    part_id: "drawing 12",
    fields: { material: "S355", tester: "" },
    extent_of_testing: { welds: 2, from: "2026-01-31T12:00:00.000Z", until: "2026-01-31T13:00:00.000Z" },
    devices: { model: ["surface 1.2.3"] },
    welds: [
      { number: 1, found_by_model: ["crack"], found_by_person: ["crack", "porosity"], verdict: "reject" },
      { number: 2, found_by_person: null },
    ],
    result: expect.stringContaining("Not signed off"),
  });
  expect(reportPage(part, welds, FINDINGS)).toContain("Not signed off");
});

test("a part without welds has a report, too", () => {
  expect(reportJson(part, [], FINDINGS)).toMatchObject({ extent_of_testing: { welds: 0, from: null, until: null }, welds: [] });
  expect(reportPage(part, [], FINDINGS)).toContain("drawing 12");
});

test("imperfections have their numbers, conditions what they are likely to cause, and no number is made up", () => {
  const fast = captureOf({ task: "tig", state: "sent", labels: ["high travel speed"], answer: { ...captureOf().answer, labels: [] } });
  const odd = captureOf({ state: "sent", labels: ["bad welding"] });
  const welds = [captureOf({ state: "sent" }), fast, odd, captureOf({ state: "draft" })];
  expect(reportJson(part, welds, FINDINGS)).toMatchObject({
    classes: [
      { name: "bad welding", kind: "other", iso6520: null, stands_for: null, likely_to_cause: [], by_model: [], by_person: [3] },
      { name: "crack", kind: "imperfection", iso6520: "100", by_model: [1, 3, 4], by_person: [1] },
      { name: "high travel speed", kind: "condition", iso6520: null, likely_to_cause: [{ iso6520: "5011" }, { iso6520: "511" }] },
      { name: "porosity", kind: "imperfection", iso6520: "2011", stands_for: "gas pore", by_model: [], by_person: [1] },
    ],
  });
  const [imperfections, conditions, others] = reportPage(part, welds, FINDINGS).split(/<h2>(?:Imperfections|Process conditions|Classes without)/).slice(1);
  expect(imperfections).toContain("<tr><td>2011 gas pore (porosity)</td><td></td><td>1</td><td></td></tr>");
  expect(imperfections).toContain("<tr><td>100 crack</td><td>1, 3, 4</td><td>1</td><td></td></tr>");
  expect(conditions).toContain(
    "<td>high travel speed</td><td></td><td>2</td><td>likely to cause 5011 continuous undercut, 511 incompletely filled groove</td>",
  );
  expect(others).toContain("<td>bad welding</td><td></td><td>3</td>");
  expect(reportPage(part, welds, FINDINGS)).toContain("<td>100 crack</td><td>100 crack, 2011 gas pore (porosity)</td>");
});

test("a class of a model that is not on this device stands by its name alone", () => {
  const page = reportPage(part, [captureOf({ state: "sent" })], {});
  expect(page).toContain("<td>crack</td><td>crack, porosity</td>");
  expect(page).toContain("None is listed. That is no finding that there are none.");
});
