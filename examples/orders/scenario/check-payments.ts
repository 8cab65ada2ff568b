import { invariant } from "../../local/run/invariant.ts";
import type { Invariant } from "../../local/run/scenario.ts";
import type { Item } from "../../local/run/tables.ts";
import type { Order } from "../src/order.ts";
import type { CircuitWrite } from "./circuit-history.ts";
import type { Effect, Effects } from "./effects.ts";
import { createdId } from "./marketplace.ts";
import type { Reached } from "./provider.ts";

/** From when to when, in real epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** All that is left of the marketplaces' orders, once it has come to rest. */
export interface Paid {
  readonly accepted: readonly Order[];
  /** By order id. */
  readonly states: ReadonlyMap<string, Item>;
  readonly effects: Pick<Effects, "charges" | "postings">;
  readonly history: readonly CircuitWrite[];
  readonly reached: readonly Reached[];
  readonly outage: Span;
  /** While the flag kept everyone from the provider. */
  readonly isolation: Span;
  /** Environments of functions that call the provider, those that were killed too. */
  readonly environments: number;
  /** So many of them there are at one time. */
  readonly environmentsAtOnce: number;
  /** Messages that one of them has under way at once. */
  readonly atOnce: number;
  /** Correlation ids of lines that say `skipped`, and of those that say that it was done. */
  readonly skipped: ReadonlySet<string>;
  readonly done: ReadonlySet<string>;
  /** What the clients were told who asked for the status of an order during the outage; each had been paid before. */
  readonly reads: readonly string[];
}

/** How long a probe's lease may last: the probe, a second for clocks that differ, two requests to the store. */
export const LEASE_MS = 1_000 + 1_000 + 2 * 250;

export function paymentInvariants(left: Paid): readonly Invariant[] {
  return [
    invariant("nothing is lost: every order is paid in the end", unpaid(left)),
    invariant("every order is charged once at the provider", notOnce(left, left.effects.charges)),
    invariant("every payment is posted once to accounting", notOnce(left, left.effects.postings)),
    invariant("every order is paid once by ADD", paidAgain(left)),
  ];
}

export function circuitInvariants(left: Paid): readonly Invariant[] {
  return [
    invariant("the circuit is open for the whole fleet during the outage", notOpen(left)),
    invariant("a provider that is down is left alone", askedTooOften(left)),
    invariant("one probe holds the lease at a time", overlappingLeases(left.history)),
    invariant("what was skipped is all replayed", notReplayed(left)),
    invariant("what was paid reads as paid all through the outage", misread(left)),
    invariant("a provider that the flag isolates is left alone", askedAllTheSame(left)),
  ];
}

export function unpaid({ accepted, states }: Pick<Paid, "accepted" | "states">): string[] {
  return accepted.flatMap(({ orderId }) => {
    const status = states.get(orderId)?.["status"]?.S;
    return status === "PAID" ? [] : [`${orderId} is ${status ?? "nowhere"}`];
  });
}

export function notOnce({ accepted }: Pick<Paid, "accepted">, effects: readonly Effect[]): string[] {
  const counts = new Map<string, number>();
  for (const { orderId } of effects) counts.set(orderId, (counts.get(orderId) ?? 0) + 1);
  return accepted.flatMap(({ orderId }) => {
    const times = counts.get(orderId) ?? 0;
    return times === 1 ? [] : [`${orderId}: ${times} times`];
  });
}

export function paidAgain({ accepted, states }: Pick<Paid, "accepted" | "states">): string[] {
  return accepted.flatMap(({ orderId }) => {
    const item = states.get(orderId);
    const times = item?.["payments"]?.N ?? "1";
    return times === "1" ? [] : [`${orderId}: ${times} times`];
  });
}

/** It opens while the provider is down, and is not closed before that is over. How soon, the requests tell that reach it. */
export function notOpen({ history, outage }: Pick<Paid, "history" | "outage">): string[] {
  const during = history.filter(({ sinceMs }) => sinceMs >= outage.fromMs && sinceMs < outage.untilMs);
  const opened = during.find(({ state }) => state === "OPEN");
  if (opened === undefined) return ["it was never open"];
  const closed = during.filter(({ state, epoch }) => state === "CLOSED" && epoch > opened.epoch);
  return closed.map(({ sinceMs }) => `it was closed ${sinceMs - outage.fromMs} ms into the outage`);
}

/**
 * The most requests that reach a provider that is down. An environment finds out alone, from what it has under way when it
 * hears of nothing else: a batch, and as many again until its own circuit has opened and the fleet's; after that there are probes.
 */
export function mostAsked({ environments, atOnce, history, outage }: Paid): number {
  const probes = history.filter(
    ({ probeUntilMs }) => probeUntilMs > outage.fromMs && probeUntilMs < outage.untilMs + LEASE_MS,
  );
  return 2 * atOnce * environments + probes.length;
}

export function askedTooOften(left: Paid): string[] {
  const asked = left.reached.filter(({ wasDown }) => wasDown).length;
  const most = mostAsked(left);
  return asked <= most ? [] : [`${asked} requests reached it, at most ${most} may`];
}

/** A lease begins when the one before is given back, or has run out. */
export function overlappingLeases(history: readonly CircuitWrite[]): string[] {
  return history.flatMap((write, index) => {
    const before = history[index - 1];
    if (before === undefined || write.probeUntilMs === 0 || before.probeUntilMs === 0) return [];
    if (write.probeUntilMs === before.probeUntilMs) return [];
    const beganMs = write.probeUntilMs - LEASE_MS;
    return beganMs >= before.probeUntilMs
      ? []
      : [`epoch ${write.epoch}: a lease began ${before.probeUntilMs - beganMs} ms before the end of another`];
  });
}

export function notReplayed({
  accepted,
  skipped,
  done,
}: Pick<Paid, "accepted" | "skipped" | "done">): string[] {
  if (skipped.size === 0) return ["nothing was skipped"];
  const ids = new Set(accepted.map(({ orderId }) => createdId(orderId)));
  return [...skipped].filter((id) => ids.has(id) && !done.has(id));
}

export function misread({ reads }: Pick<Paid, "reads">): string[] {
  return reads.length === 0 ? ["nobody asked"] : reads.filter((read) => read !== "200 paid");
}

/** An environment learns of the flag with its next look, which is beside its calls: what it has under way meanwhile is sent. */
export function askedAllTheSame({ reached, isolation, environmentsAtOnce, atOnce }: Paid): string[] {
  const asked = reached.filter(({ atMs }) => atMs >= isolation.fromMs && atMs < isolation.untilMs).length;
  const most = 2 * atOnce * environmentsAtOnce;
  return asked <= most ? [] : [`${asked} requests reached it, at most ${most} may`];
}
