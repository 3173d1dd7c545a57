// From which score a class is marked in the live picture. It changes what is shown, never what is kept.

import { remember, showFrom } from "../data/settings";

export function Sensitivity() {
  const { value } = showFrom;
  const set = (next: number | null) => void remember("showFrom", next);
  return (
    <details class="sensitivity">
      <summary class="button quiet">{value === null ? "From: model" : `From ${Math.round(value * 100)} %`}</summary>
      <div class="panel">
        <label>
          Mark classes from
          <input
            type="range" min="5" max="95" step="5" value={Math.round((value ?? 0.5) * 100)}
            onInput={(event) => set(Number(event.currentTarget.value) / 100)}
          />
          <output>{value === null ? "as the model was calibrated" : `${Math.round(value * 100)} %`}</output>
        </label>
        <button type="button" class="button quiet" disabled={value === null} onClick={() => set(null)}>As the model</button>
        <p class="soft">For the live picture only. What is kept and sent is the model's own answer.</p>
      </div>
    </details>
  );
}
