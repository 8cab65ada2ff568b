/**
 * What all environments know of one circuit: its control item. Times are epoch milliseconds of whoever wrote it.
 *
 * It never expires: an item that vanished while open would close the circuit for everyone.
 */
export interface SharedCircuit {
  /** Counts up with every change of state: what shows a lower one is old. */
  readonly epoch: number;
  readonly state: "CLOSED" | "OPEN" | "ISOLATED";
  /** Of the write that made it as it is. Each write is conditional on the token it saw, and a lost reply is known by it. */
  readonly token: string;
  readonly sinceMs: number;
  /** Of an open circuit: when its cooldown is over. Otherwise 0. */
  readonly untilMs: number;
  /** Openings since it was last closed: each makes the cooldown longer. */
  readonly openings: number;
  /** Probes of this epoch that have succeeded. */
  readonly successes: number;
  /** When the probe's lease ends; 0 when there is none. Its holder is who wrote `token`. */
  readonly probeUntilMs: number;
  /** Names the alert under which outcomes are counted now; empty when there is none. */
  readonly alert: string;
  /** When the alert ends; where there is none, until when failures of one environment raise none, unless it has tripped. */
  readonly alertUntilMs: number;
  /** What share of calls may go through while it is closed: 1, unless somebody throttles it by hand. */
  readonly share: number;
}

/** How the shared item changes. */
export interface SharedRules {
  readonly halfOpenAfterMs: number;
  readonly probeTimeoutMs: number;
  readonly probesToClose: number;
  /** How long a write may be on its way: the lease is counted from before it. */
  readonly storeTimeoutMs: number;
}

/** Each clock may be half a second off, so two of them a second from each other. */
export const MAX_SKEW_MS = 1_000;
/** How long outcomes are counted under one alert, if nothing is decided before. */
export const ALERT_MS = 3_600_000;
/** An alert that was taken back has shown that some failures are usual now: for so long, only what trips raises another one. */
const QUIET_MS = 10_000;
/** Where a part of the fleet is sick, many trip at once: for so long, nothing raises another one, or there would be no end of alerts. */
const SILENT_MS = 1_000;
/** Cooldowns double with each opening in a row, up to so many times the first. */
const MOST_COOLDOWNS = 8;

/** What happened, to one who looks at the item. `alert` of the last two: the one whose count has decided. */
export type SharedEvent =
  | {
      readonly type:
        | "suspected"
        | "tripped"
        | "elected"
        | "probe-succeeded"
        | "probe-failed"
        | "probe-forgotten";
    }
  | { readonly type: "corroborated" | "all-clear"; readonly alert: string }
  | { readonly type: "by-hand"; readonly to: "open" | "closed" | "isolated" }
  | { readonly type: "by-hand"; readonly to: "throttled"; readonly share: number };

/** What is to be written, whole but for the token; undefined: nothing. */
export type SharedWrite = Omit<SharedCircuit, "token">;

const NONE: SharedWrite = {
  epoch: 0,
  state: "CLOSED",
  sinceMs: 0,
  untilMs: 0,
  openings: 0,
  successes: 0,
  probeUntilMs: 0,
  alert: "",
  alertUntilMs: 0,
  share: 1,
};

/** Somebody may have deleted the item: those who knew it must not take the hand's for an older one. */
function anew(nowMs: number): SharedWrite {
  return { ...NONE, epoch: Math.floor(nowMs / 1_000) };
}

/**
 * What an event makes of the item, by the clock of who looks at it.
 *
 * The three of a probe are for the holder of its lease alone, which the condition of the write sees to: whoever wrote since has changed the token.
 */
export function nextShared(
  item: SharedCircuit | undefined,
  event: SharedEvent,
  nowMs: number,
  rules: SharedRules,
): SharedWrite | undefined {
  const { token: _, ...now } = { token: "", ...(item ?? (event.type === "by-hand" ? anew(nowMs) : NONE)) };
  switch (event.type) {
    case "suspected":
    case "tripped":
      if (now.state !== "CLOSED" || isAlerted(now, nowMs)) return undefined;
      if (isQuiet(now, event.type, nowMs)) return undefined;
      // Counts stand under the alert's name; a fresh one begins from nothing.
      return { ...now, alert: `${now.epoch}.${nowMs}`, alertUntilMs: nowMs + ALERT_MS };
    case "corroborated":
      return now.state === "CLOSED" && now.alert === event.alert ? opened(now, nowMs, rules) : undefined;
    case "all-clear":
      return now.state === "CLOSED" && now.alert === event.alert
        ? { ...now, alert: "", alertUntilMs: nowMs + QUIET_MS }
        : undefined;
    case "elected":
      return mayProbe(now, nowMs, rules) ? { ...now, probeUntilMs: nowMs + leaseMs(rules) } : undefined;
    case "probe-succeeded":
      return probeSucceeded(now, nowMs, rules);
    case "probe-failed":
      return isProbed(now) ? opened(now, nowMs, rules) : undefined;
    case "probe-forgotten":
      return isProbed(now) ? { ...now, probeUntilMs: 0 } : undefined;
    case "by-hand":
      return byHand(now, event, nowMs, rules);
  }
}

function began(now: SharedWrite, state: SharedCircuit["state"], nowMs: number): SharedWrite {
  return { ...NONE, epoch: now.epoch + 1, state, sinceMs: nowMs, share: now.share };
}

function byHand(
  now: SharedWrite,
  event: SharedEvent & { readonly type: "by-hand" },
  nowMs: number,
  rules: SharedRules,
): SharedWrite {
  switch (event.to) {
    case "open":
      return opened({ ...now, openings: 0 }, nowMs, rules);
    case "closed":
      // What is closed has nothing to come back from: a new ramp would refuse nearly all that goes through.
      if (now.state === "CLOSED") return { ...now, share: 1, alert: "", alertUntilMs: 0 };
      return began({ ...now, share: 1 }, "CLOSED", nowMs);
    case "isolated":
      return began(now, "ISOLATED", nowMs);
    case "throttled":
      // What has tripped stays open: the share is for when it is closed again.
      return now.state === "ISOLATED"
        ? began({ ...now, share: event.share }, "CLOSED", nowMs)
        : { ...now, share: event.share };
  }
}

function opened(now: SharedWrite, nowMs: number, rules: SharedRules): SharedWrite {
  const openings = now.openings + 1;
  const cooldownMs = rules.halfOpenAfterMs * Math.min(MOST_COOLDOWNS, 2 ** (openings - 1));
  return { ...began(now, "OPEN", nowMs), openings, untilMs: nowMs + cooldownMs };
}

function probeSucceeded(now: SharedWrite, nowMs: number, rules: SharedRules): SharedWrite | undefined {
  if (!isProbed(now)) return undefined;
  const successes = now.successes + 1;
  return successes >= rules.probesToClose
    ? began(now, "CLOSED", nowMs)
    : { ...now, successes, probeUntilMs: 0 };
}

function isProbed(item: SharedWrite): boolean {
  return item.state === "OPEN" && item.probeUntilMs > 0;
}

/** Whether outcomes are being counted, to find out whether the circuit must open for all. */
export function isAlerted(item: SharedWrite | undefined, nowMs: number): boolean {
  return item !== undefined && item.state === "CLOSED" && item.alert !== "" && nowMs < item.alertUntilMs;
}

/** Whether an alert was taken back too short a while ago for this to raise another one. */
export function isQuiet(item: SharedWrite, type: "suspected" | "tripped", nowMs: number): boolean {
  if (item.alert !== "") return false;
  const sinceMs = nowMs - (item.alertUntilMs - QUIET_MS);
  // Whose clock was put back must not be quiet for as long.
  return sinceMs > -10 * MAX_SKEW_MS && sinceMs < (type === "suspected" ? QUIET_MS : SILENT_MS);
}

/** Whether the cooldown is over and nobody holds the probe's lease. With rules, a lease longer than theirs is of a clock that was wrong. */
export function mayProbe(item: SharedWrite, nowMs: number, rules?: SharedRules): boolean {
  // A clock that was put back must not keep it open for longer than a cooldown.
  const isCool = nowMs >= item.untilMs || isPutBack(item, nowMs);
  const isBogus = rules !== undefined && item.probeUntilMs - nowMs > leaseMs(rules) + 10 * MAX_SKEW_MS;
  return item.state === "OPEN" && isCool && (nowMs >= item.probeUntilMs || isBogus);
}

/** Whether the state began so far in the future that some clock, this one or the writer's, was put back since, or wrong. */
export function isPutBack(item: SharedWrite, nowMs: number): boolean {
  return nowMs < item.sinceMs - 10 * MAX_SKEW_MS;
}

/** Longer than the probe, all that two clocks can differ by, and the claim with the look for a lost reply. */
export function leaseMs({ probeTimeoutMs, storeTimeoutMs }: SharedRules): number {
  return probeTimeoutMs + MAX_SKEW_MS + 2 * storeTimeoutMs;
}

/** Whether a whole probe still fits into the lease, whatever the clock of whoever waits for its end. Asked right before it is sent. */
export function leaseHolds(item: SharedWrite, nowMs: number, rules: SharedRules): boolean {
  return item.probeUntilMs - nowMs >= rules.probeTimeoutMs + MAX_SKEW_MS;
}

/** The share of calls that may go through so long after the circuit was closed: from 1/64, doubling, to all of them. */
export function rampShare(sinceClosedMs: number, rampMs: number): number {
  // A clock that was put back would refuse for as long.
  if (sinceClosedMs >= rampMs || sinceClosedMs < -10 * MAX_SKEW_MS) return 1;
  return 2 ** (-6 * (1 - Math.max(0, sinceClosedMs) / rampMs));
}
