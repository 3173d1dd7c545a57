// What goes wrong between the reviewer and the station, in words, with what to do. Knows no layout.

import { StationError } from "../../station/api";

export interface Trouble {
  title: string;
  text: string;
  /** What helps: to ask again, or to pair the device. */
  help: "again" | "pair";
}

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof StationError)) return { title: "Something failed", text: String(error), help: "again" };
  const text = sentence(error.message);
  switch (error.status) {
    case 0:
      return { title: "No connection", text: `${text} Check the network and that the station runs, then try again.`, help: "again" };
    case 401:
      return { title: "This device is not paired", text, help: "pair" };
    case 403:
      return { title: "The station does not allow it", text, help: "again" };
    case 404:
      return { title: "Not there", text: `${text} Choose another one from the list.`, help: "again" };
    case 429:
      return { title: "Too fast", text: `${text} Try again in ${error.retryAfterS ?? 10} s.`, help: "again" };
    default:
      return { title: "The station cannot just now", text, help: "again" };
  }
}

/** Return a message of the station as a sentence. */
export function sentence(text: string): string {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
