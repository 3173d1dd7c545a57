// What both pages build their elements with.

/** Where the station is; its pages may lie below a path. */
export const BASE = new URL("../", import.meta.url);

export const $ = (id) => document.getElementById(id);

/** Make an element: attributes, then children (strings become text, never HTML). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Make a picture of one of the page's symbols, for the eyes only. */
export function icon(name, spinning = false) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.setAttribute("aria-hidden", "true");
  if (spinning) svg.classList.add("spin");
  svg.append(use);
  return svg;
}
