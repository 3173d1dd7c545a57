// The frame of every page: banners that concern all of them, the page, and the navigation.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { captures, onCaptures } from "../data/captures";
import { keeper } from "../model/keeper";
import { newerApp } from "../station/upkeep";
import { CameraPage } from "./camera_page";
import { CapturePage } from "./capture_page";
import { ComparePage } from "./compare/compare_page";
import { Icon } from "./icons";
import { LoopPage } from "./loop_page";
import { PartPage } from "./part_page";
import { QueuePage } from "./queue_page";
import { ReviewPage } from "./review/review_page";
import { route } from "./route";
import { StationPage } from "./station_page";

const TABS = [
  { page: "camera", title: "Inspect" },
  { page: "part", title: "Part" },
  { page: "queue", title: "Queue" },
  { page: "station", title: "Station" },
];

const unsent = signal(0);

async function countUnsent(): Promise<void> {
  const [drafts, queued, refused] = await Promise.all([
    captures("state", "draft"), captures("state", "queued"), captures("state", "refused"),
  ]);
  unsent.value = drafts.length + queued.length + refused.length;
}

export function App() {
  useEffect(() => {
    void countUnsent();
    return onCaptures(() => void countUnsent());
  }, []);
  const [page, about] = route.value;
  return (
    <>
      <Banners />
      <main class={`page ${page}`}>{pageOf(page, about)}</main>
      <nav aria-label="Pages">
        {TABS.map((tab) => (
          <a key={tab.page} href={`#/${tab.page}`} aria-current={tab.page === page ? "page" : undefined}>
            <Icon name={tab.page} />
            <span>{tab.title}</span>
            {tab.page === "queue" && unsent.value > 0 && <b class="count" aria-label={`${unsent.value} not sent`}>{unsent.value}</b>}
          </a>
        ))}
      </nav>
    </>
  );
}

function pageOf(page: string, about: string) {
  switch (page) {
    case "capture": return <CapturePage key={about} id={about} />;
    case "part": return <PartPage />;
    case "queue": return <QueuePage />;
    case "review": return <ReviewPage />;
    case "loop": return <LoopPage />;
    case "compare": return <ComparePage />;
    case "station": return <StationPage />;
    default: return <CameraPage />;
  }
}

function Banners() {
  const { withdrawn } = keeper.value;
  return (
    <div class="banners" aria-live="polite">
      {withdrawn && (
        <p class="banner withdrawn">
          <b>This model was withdrawn.</b> {withdrawn.reason} Its answers count as review. <a href="#/station">What to do</a>
        </p>
      )}
      {newerApp.value && (
        <p class="banner">
          A newer Beadwatch is ready. <button type="button" class="quiet" onClick={newerApp.value}>Change over</button>
        </p>
      )}
    </div>
  );
}
