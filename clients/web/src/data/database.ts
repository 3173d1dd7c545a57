// What this device keeps, in IndexedDB: models, captures with their pictures, parts, and who it is paired as.
//
// A transaction is either there whole or not at all, also when the browser is killed.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Manifest, Withdrawal } from "../model/manifest";
import type { Capture } from "./captures";
import type { Part } from "./parts";
import { stationPath } from "./place";

/** The models of one task on this device. `pinned`: the person went back, and new versions are not taken by themselves. */
export interface Models {
  active: Manifest;
  previous: Manifest | null;
  etag: string;
  changedAt: string;
  pinned: boolean;
  withdrawn: Withdrawal[];
  /** A version that did not pass its checks here, and why: not fetched again. */
  refused: { version: string; reason: string } | null;
}

export interface Picture {
  bytes: ArrayBuffer;
  type: string;
}

interface Schema extends DBSchema {
  models: { key: string; value: Models };
  /** By task/version/name. */
  files: { key: string; value: ArrayBuffer };
  captures: { key: string; value: Capture; indexes: { state: string; part: string } };
  pictures: { key: string; value: Picture };
  parts: { key: string; value: Part };
  settings: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Schema>;

/** Return one name for each station: several may lie below one host, which browsers take for one site. */
function databaseName(): string {
  const path = stationPath();
  return path === "/" ? "beadwatch" : `beadwatch ${path}`;
}

let opened: Promise<Database> | null = null;

/** Return the device's database, made on first use. */
export function database(): Promise<Database> {
  opened ??= openDB<Schema>(databaseName(), 1, {
    upgrade(made) {
      made.createObjectStore("models");
      made.createObjectStore("files");
      const captures = made.createObjectStore("captures", { keyPath: "id" });
      captures.createIndex("state", "state");
      captures.createIndex("part", "part");
      made.createObjectStore("pictures");
      made.createObjectStore("parts", { keyPath: "id" });
      made.createObjectStore("settings");
    },
    terminated() {
      opened = null;
    },
  });
  return opened;
}

/** Say in words what went wrong when the device would not keep something. */
export function whyNotKept(error: unknown): string {
  if (error instanceof DOMException && error.name === "QuotaExceededError") {
    return "This device's storage is full: nothing was kept. Free some space, or send what waits in the queue.";
  }
  return `This device could not keep it: ${error instanceof Error ? error.message : String(error)}`;
}
