// Starts the app: what the device remembers, then the page, then the model and the queue.

import { render } from "preact";
import { loadCurrentPart } from "./data/parts";
import { loadSettings, readSetting, remember, task } from "./data/settings";
import { whyNotKept } from "./data/database";
import { useTask } from "./model/keeper";
import { askJson } from "./station/api";
import { keepUpToDate } from "./station/upkeep";
import { keepSending } from "./station/sync";
import "../../server/static/tokens.css";
import "./styles/app.css";
import "./styles/camera.css";
import "./styles/capture.css";
import "./styles/charts.css";
import "./styles/loop.css";
import "./styles/review.css";
import "./styles/review_piece.css";
import "./styles/compare.css";
import { App } from "./views/app";
import { Problem } from "./views/pieces";

const INSECURE =
  "Without https a browser gives no camera, keeps nothing for offline and checks no model. At the station, " +
  "`beadwatch certs` makes a certificate that this device can trust; docs/phone-setup.md says how.";

async function start(): Promise<void> {
  const root = document.getElementById("app")!;
  if (!isSecureContext) {
    render(<Problem title="Open this page by https" text={INSECURE} />, root);
    return;
  }
  try {
    await Promise.all([loadSettings(), loadCurrentPart()]);
  } catch (error) {
    render(<Problem title="Beadwatch cannot keep anything here" text={whyNotKept(error)} />, root);
    return;
  }
  render(<App />, root);
  void navigator.storage?.persist?.();
  void chooseTask().then(() => useTask(task.value));
  keepSending();
  keepUpToDate();
}

/** Before anybody has chosen what to look at: take what the station has a model for. */
async function chooseTask(): Promise<void> {
  if ((await readSetting("task", "")) !== "") return;
  const ready = await askJson<{ models: { task: string }[] }>("v1/models").catch(() => null);
  const tasks = ready?.models.map((each) => each.task) ?? [];
  if (tasks[0] && !tasks.includes(task.value)) await remember("task", tasks[0]);
}

void start();
