import { randomUUID } from "node:crypto";
import type { Settings } from "../attributes/settings.ts";
import { type Contents, makeContents } from "./contents.ts";
import { type ExpiringMap, expiringMap } from "./expiring-map.ts";
import type { Message } from "./message.ts";

/** A queue's state. Operations and the files beside this one write to it. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  /** Another queue of the same name has another. */
  readonly key: string;
  readonly createdAtMs: number;
  readonly tags: Map<string, string>;
  readonly contents: Contents;
  /** What FIFO queues have accepted lately, by deduplication id. */
  readonly accepted: ExpiringMap<Accepted>;
  /** What FIFO queues have given lately, by ReceiveRequestAttemptId. */
  readonly attempts: ExpiringMap<Attempt>;
  /** Long polls, the oldest first. */
  readonly waiters: Set<Waiter>;
  /** Set while somebody waits and a message becomes visible by itself. */
  wake: { readonly atMs: number; readonly cancel: () => void } | undefined;
  settings: Settings;
  modifiedAtMs: number;
  purgedAtMs: number | undefined;
  /** Messages that have ever come in. */
  arrivals: number;
}

/** What a sender is answered. */
export interface Accepted {
  readonly id: string;
  /** Of FIFO queues. */
  readonly sequenceNumber?: string;
}

/** A receive that may be repeated as long as its messages have not changed. */
export interface Attempt {
  readonly messages: readonly Message[];
  readonly receipts: readonly number[];
}

/** What a receiver asks for. */
export interface Ask {
  readonly most: number;
  readonly visibilityTimeoutSeconds: number;
  readonly attemptId?: string;
}

export interface Waiter {
  readonly ask: Ask;
  readonly give: (messages: readonly Message[]) => void;
  readonly fail: (error: Error) => void;
}

export function makeQueue(
  about: Pick<Queue, "name" | "arn" | "createdAtMs" | "settings"> & {
    readonly tags: Readonly<Record<string, string>>;
  },
): Queue {
  return {
    ...about,
    key: randomUUID(),
    tags: new Map(Object.entries(about.tags)),
    contents: makeContents(about.settings.fifo),
    accepted: expiringMap(),
    attempts: expiringMap(),
    waiters: new Set(),
    wake: undefined,
    modifiedAtMs: about.createdAtMs,
    purgedAtMs: undefined,
    arrivals: 0,
  };
}
