// Starts the app: what the device remembers, then the page, then the model and the queue.

import { render } from "preact";
import { loadCurrentPart } from "./data/parts";
import { loadSettings, task } from "./data/settings";
import { whyNotKept } from "./data/database";
import { useTask } from "./model/keeper";
import { keepUpToDate } from "./station/upkeep";
import { keepSending } from "./station/sync";
import "../../server/static/tokens.css";
import "./styles/app.css";
import "./styles/camera.css";
import "./styles/capture.css";
import "./styles/review.css";
import { App } from "./views/app";
import { Problem } from "./views/pieces";

async function start(): Promise<void> {
  const root = document.getElementById("app")!;
  try {
    await Promise.all([loadSettings(), loadCurrentPart()]);
  } catch (error) {
    render(<Problem title="Beadwatch cannot keep anything here" text={whyNotKept(error)} />, root);
    return;
  }
  render(<App />, root);
  void navigator.storage?.persist?.();
  void useTask(task.value);
  keepSending();
  keepUpToDate();
}

void start();
