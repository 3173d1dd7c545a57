// The shapes: one for each verdict, and those of the navigation. A word always stands beside them.

import type { JSX } from "preact";

const SHAPES: Record<string, JSX.Element> = {
  accept: <><circle cx="32" cy="32" r="27" /><path d="m19 33 9 10 18-21" stroke-width="7" /></>,
  review: <><path d="M32 5 60 57H4Z" stroke-linejoin="round" /><path d="M32 23v18M32 46v6" stroke-width="6" /></>,
  reject: <><path d="M21 4h22l17 17v22L43 60H21L4 43V21Z" stroke-linejoin="round" /><path d="m21 21 22 22m0-22L21 43" stroke-width="7" /></>,
  none: <path d="M12 32h40" stroke-width="7" stroke-linecap="round" />,
  busy: <path d="M32 6a26 26 0 1 1-26 26" stroke-width="6" stroke-linecap="round" />,
  camera: <><path d="M6 20h12l5-8h18l5 8h12v32H6Z" stroke-linejoin="round" /><circle cx="32" cy="35" r="10" /></>,
  part: <><path d="M10 8h44v48H10Z" stroke-linejoin="round" /><path d="M20 22h24M20 33h24M20 44h14" /></>,
  queue: <><path d="M32 40V8m0 0L20 20M32 8l12 12" stroke-linecap="round" stroke-linejoin="round" /><path d="M8 38v18h48V38" stroke-linecap="round" /></>,
  station: <><circle cx="32" cy="32" r="9" /><path d="M32 4v12m0 32v12M4 32h12m32 0h12M12 12l9 9m22 22 9 9m0-40-9 9M21 43l-9 9" stroke-linecap="round" /></>,
  check: <path d="m10 34 15 15 29-34" stroke-width="8" stroke-linecap="round" stroke-linejoin="round" />,
  lamp: <><path d="M22 40a16 16 0 1 1 20 0c-3 3-4 5-4 9H26c0-4-1-6-4-9Z" /><path d="M26 58h12" /></>,
};

/** A shape, for the eyes only. */
export function Icon({ name, spin = false }: { name: keyof typeof SHAPES | string; spin?: boolean }) {
  return (
    <svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="5" aria-hidden="true" class={spin ? "spin" : ""}>
      {SHAPES[name]}
    </svg>
  );
}
