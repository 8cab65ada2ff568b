import { HoldfastError } from "../../../core/errors.ts";
import { type IdempotencyRecord, type Steps, withoutSteps } from "../../record.ts";
import type { ClaimAnswer, ClaimRequest, WriteAnswer } from "../../store.ts";
import { type Hash, recordOf } from "./hash.ts";

/*
 * A client that answers "OK" to everything (a test double, a proxy without scripts), one that runs half a script, one
 * that gives a request the reply of another: none of them may be taken for a granted claim. So a reply must name its
 * request's ticket, which no other request has, and show in Redis what was asked for.
 */

/** The code of a reply that is not the script's. */
export const NOT_OUR_REPLY = "REDIS_NOT_OUR_REPLY";

/** What a claim came to. */
export function readClaim(reply: unknown, ticket: string, request: ClaimRequest): ClaimAnswer {
  const { outcome, shown, rest } = read(reply, ticket);
  if (outcome === "refused") {
    const found = recordOf(shown);
    // Only a replacement can find nothing to replace; without a record any other claim is granted.
    if (found === undefined && request.replacesFence === undefined) throw notOurs("refuses without a record");
    return { claimed: false, found };
  }
  if (outcome !== "claimed") throw notOurs("has an unknown outcome");
  const before = recordOf(texts(rest));
  const took = before && request.replacesFence !== undefined ? withoutSteps(before) : before;
  const { version, owner, payloadHash, nowMs, leaseUntilMs, expiresAtMs } = request;
  const fence = took === undefined ? firstFence(nowMs) : took.fence + 1;
  const expected: IdempotencyRecord = {
    version,
    state: "IN_PROGRESS",
    owner,
    fence,
    leaseUntilMs,
    expiresAtMs,
    atMs: nowMs,
    payloadHash,
  };
  const held = recordOf(shown);
  const names = Object.keys(expected) as (keyof IdempotencyRecord)[];
  const isOther = names.some((name) => held?.[name] !== expected[name]);
  if (isOther || held?.result !== undefined || !areSame(held?.steps, took?.steps)) {
    throw notOurs("shows another record than the claim was to write");
  }
  return { claimed: true, fence, took };
}

/** A hash names its fields in any order. */
function areSame(steps: Steps = {}, others: Steps = {}): boolean {
  const names = Object.keys(steps);
  return names.length === Object.keys(others).length && names.every((name) => steps[name] === others[name]);
}

/** Where fences start: at the clock, so that a record that was deleted does not restart them. */
export function firstFence(nowMs: number): number {
  return Math.floor(nowMs) + 1;
}

/** What the script for changes shows of a record, in this order. */
const SHOWN = ["state", "owner", "fence", "lease", "expiresAt", "at"] as const satisfies (keyof Hash)[];

/**
 * What a change came to. `expected` is what must stand in Redis after it, as far as that is known, and `steps` are the
 * texts of those that it wrote.
 */
export function readChange(
  reply: unknown,
  ticket: string,
  expected: Partial<Hash>,
  steps: readonly string[],
): WriteAnswer {
  const { outcome, shown } = read(reply, ticket);
  if (outcome === "refused") return { written: false, found: recordOf(shown) };
  if (outcome !== "changed") throw notOurs("has an unknown outcome");
  const isOther = SHOWN.some(
    (name, index) => expected[name] !== undefined && expected[name] !== shown[index],
  );
  if (
    isOther ||
    steps.some((text, index) => shown[SHOWN.length + index] !== String(Buffer.byteLength(text)))
  ) {
    throw notOurs("shows another record than the change was to write");
  }
  return { written: true };
}

/** What a removal came to. */
export function readRemoval(reply: unknown, ticket: string): WriteAnswer {
  const { outcome, shown } = read(reply, ticket);
  if (outcome === "refused") return { written: false, found: recordOf(shown) };
  if (outcome !== "removed") throw notOurs("has an unknown outcome");
  if (shown.length > 0) throw notOurs("shows a record that was to be removed");
  return { written: true };
}

/** The record that a read shows. */
export function readRecord(reply: unknown, ticket: string): IdempotencyRecord | undefined {
  const { outcome, shown } = read(reply, ticket);
  if (outcome !== "read") throw notOurs("has an unknown outcome");
  return recordOf(shown);
}

function read(reply: unknown, ticket: string) {
  if (!Array.isArray(reply)) throw notOurs("is no list");
  const [named, outcome, shown, rest]: unknown[] = reply;
  if (named !== ticket) throw notOurs("belongs to another request");
  return { outcome, shown: texts(shown), rest };
}

function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) {
    throw notOurs("holds something else than texts");
  }
  return value;
}

function notOurs(what: string): HoldfastError {
  return new HoldfastError(
    NOT_OUR_REPLY,
    `The reply ${what}, so it is not known whether the script ran. The client must run Lua scripts on a real ` +
      "server and hand over replies as they come: no double, no pipeline, no mapping of texts to other types.",
  );
}
