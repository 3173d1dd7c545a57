// The part's report: every text of a person escaped, nothing signed off.

import { expect, test } from "vitest";
import type { Part } from "../src/data/parts";
import { escaped, reportJson, reportPage } from "../src/report/report";
import { captureOf } from "./made";

const EVIL = `"><script>alert('&')</script>`;
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
  const page = reportPage({ ...part, name: EVIL, fields: { material: EVIL, tester: EVIL } }, [evil]);
  expect(page).not.toContain("<script");
  expect(page.match(/&lt;script&gt;/g)!.length).toBeGreaterThanOrEqual(9);
  expect(page).not.toMatch(/src="[^"]*">[^<]*alert/);
});

test("a picture from elsewhere is not fetched", () => {
  expect(reportPage(part, [captureOf({ thumbnail: "https://elsewhere.example/a.jpg" })])).not.toContain("<img");
  expect(reportPage(part, [captureOf()])).toContain('<img alt="weld 1" src="data:image/jpeg;base64,/9j/">');
});

test("the report lists what model and person found, and signs nothing off", () => {
  const welds = [captureOf({ state: "sent" }), captureOf({ state: "draft", capturedAt: "2026-01-31T13:00:00.000Z" })];
  expect(reportJson(part, welds)).toMatchObject({
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
  expect(reportPage(part, welds)).toContain("Not signed off");
});

test("a part without welds has a report, too", () => {
  expect(reportJson(part, [])).toMatchObject({ extent_of_testing: { welds: 0, from: null, until: null }, welds: [] });
  expect(reportPage(part, [])).toContain("drawing 12");
});
