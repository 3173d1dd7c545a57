// One key for each thing that a reviewer does, and the list of them. Keys are silent while somebody types.

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

export const KEYS: [keys: string[], does: string][] = [
  [["a"], "accept the person's labels"],
  [["r"], "reject the person's labels"],
  [["j", "↓", "→"], "next"],
  [["k", "↑", "←"], "previous"],
  [["n"], "write a note"],
  [["Esc"], "leave the note or a filter"],
  [["z"], "larger, and back"],
  [["m"], "hide or show the marks"],
  [["?"], "these keys"],
];

/** Call what belongs to a key, unless a field, a dialog or the browser wants it. */
export function useKeys(actions: Record<string, () => void>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !isMove(event.key)) return;
      const field = (event.target as Element).closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
      if (field) {
        if (event.key === "Escape" && field.tagName !== "DIALOG") (field as HTMLElement).blur();
        return;
      }
      const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

/** Held down, a key goes through the list; it never gives two verdicts. */
function isMove(key: string): boolean {
  return key === "j" || key === "k" || key.startsWith("Arrow");
}

export function KeysDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog"><button type="submit" class="button">Close</button></form>
    </dialog>
  );
}
