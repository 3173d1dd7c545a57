// Starts the app: what the device remembers, then the page, then the model and the queue.

import { render } from "preact";
import { loadCurrentPart } from "./data/parts";
import { loadSettings } from "./data/settings";
import { whyNotKept } from "./data/database";
import { beginWithModel, keepUpToDate } from "./station/upkeep";
import { keepSending } from "./station/sync";
import "../../../src/beadwatch/server/static/tokens.css";
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
  void beginWithModel();
  keepSending();
  keepUpToDate();
}

void start();
