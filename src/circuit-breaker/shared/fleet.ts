import { type Call, report, runtimeOf } from "../../core/call.ts";
import type { RefusedBecause } from "../errors.ts";
import type { CircuitFact } from "../facts.ts";
import { alerts } from "./alerts.ts";
import { briefly } from "./aside.ts";
import { election, type Probe } from "./election.ts";
import { rampShare, type SharedCircuit, type SharedRules } from "./item.ts";
import { knowledge } from "./knowledge.ts";
import { link } from "./link.ts";
import type { CircuitStore } from "./store.ts";

/** How the environments of a fleet share a circuit. */
export interface FleetSettings {
  readonly name: string;
  readonly store: CircuitStore;
  readonly rules: SharedRules;
  readonly readEveryMs: number;
  readonly staleAfterMs: number;
  readonly rampMs: number;
  readonly suspiciousAfter: number;
  /** Whether this environment's own circuit is closed. */
  isOwnClosed(): boolean;
  /** The shared circuit has changed: this environment's own goes with it. */
  follow(to: "open" | "closed" | "isolated", call: Call): void;
}

/** What a call is told when it comes: refused, sent as the fleet's probe, or (undefined) what the environment's own circuit says. */
export type Entry = undefined | Probe | Refused;

export interface Refused {
  readonly retryAfterMs: number;
  readonly because?: RefusedBecause;
}

/** What this environment has to do with the others. Nothing here ever rejects: trouble with the store is told as a fact. */
export interface Fleet {
  /** Where the circuit that is shared stands, as far as this environment knows. */
  state(): "open" | "closed" | "isolated";
  /** Undefined at once when the environment's own circuit is all that counts, as it is when all is well. */
  enter(call: Call): undefined | Promise<Entry>;
  /** A call that the environment's own circuit let through has ended. What is given, its answer waits for: the others hear of it by that. */
  saw(failed: boolean, call: Call): Promise<void> | undefined;
  /** The environment's own circuit has opened, for the first time or `again`. Resolves when the others can know, or after the cap. */
  tripped(call: Call, again: boolean): Promise<void>;
}

/** What the first call after a freeze, or after a failure, waits for at most, to know what the others found out meanwhile. */
const LOOK_WAIT_MS = 20;
/** Failures make an environment look, but not more often. */
const LOOK_EVERY_MS = 200;
const ENDLESS = Number.POSITIVE_INFINITY;

export function fleet(settings: FleetSettings): Fleet {
  const { name, rules, readEveryMs, staleAfterMs, rampMs } = settings;
  let random = (): number => 0.5;
  const known = knowledge(readEveryMs, () => random());
  const store = link(settings, known, changed);
  const probes = election(store, known, rules, readEveryMs);
  const alarm = alerts(store, known, settings.suspiciousAfter);
  /** Between these two there is nothing to do but what the own circuit says: all that a healthy call looks at. */
  let calmFromMs = 0;
  let calmUntilMs = 0;
  let lookedMs = Number.NEGATIVE_INFINITY;
  /** The last look that was answered: a freeze cuts those off that are slower than the calls they are beside. */
  let learntMs = Number.NEGATIVE_INFINITY;
  /** A call waited for a look that was not answered: none does again, but after a freeze, until one is. */
  let hasWaitedInVain = false;
  let lookAgainMs = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let thaw: Promise<void> | undefined;
  let followed: SharedCircuit["state"] | undefined;
  let followedShare = 1;
  let followedEpoch = 0;

  function changed(call: Call): void {
    calmUntilMs = 0;
    const state = known.isOpen ? "OPEN" : known.item?.state === "ISOLATED" ? "ISOLATED" : "CLOSED";
    const { epoch = 0, share = 1 } = known.item ?? {};
    // What is closed for all says nothing of an own circuit that is open for its own reasons.
    const isNew = state !== (followed ?? "CLOSED");
    // It was open meanwhile, and this environment did not see it: what began before that is late all the same.
    if (!isNew && epoch !== followedEpoch && settings.isOwnClosed()) settings.follow(FOLLOWS[state], call);
    followedEpoch = epoch;
    if (!isNew && share === followedShare) return;
    followed = state;
    followedShare = share;
    const atMs = runtimeOf(call).now();
    report(call, { type: "circuit.shared", name, state, epoch, share, atMs } satisfies CircuitFact);
    if (isNew) settings.follow(FOLLOWS[state], call);
  }

  /** Beside the call. Nobody waits for it but a call after a freeze, or after a failure. */
  function look(call: Call, nowMs: number): Promise<void> {
    const isDue = nowMs >= lookAgainMs || nowMs < lookedMs;
    lookedMs = nowMs;
    hasFailed = false;
    calmUntilMs = 0;
    const read = store
      .tried(call, "free", (own) => store.read(own))
      .then((hasRead) => {
        if (hasRead) {
          learntMs = nowMs;
          hasWaitedInVain = false;
        }
        return hasRead;
      });
    if (!isDue) return read.then(() => {});
    // Not moved by the looks that failures make: who is a witness must not depend on what it sees.
    lookAgainMs = nowMs + readEveryMs * (0.5 + random());
    alarm.beginsLook();
    return read.then((hasRead) => alarm.endsLook(call, hasRead));
  }

  function refused(retryAfterMs: number, because: RefusedBecause = "open"): Promise<Entry> {
    return Promise.resolve({ retryAfterMs: Math.max(0, retryAfterMs), because });
  }

  function considered(call: Call, nowMs: number): undefined | Promise<Entry> {
    if (known.isOpen) {
      const waitMs = probes.waitMs(nowMs);
      if (waitMs > 0) return refused(waitMs);
      return elected(call, nowMs);
    }
    if (thaw !== undefined) return afterThaw(call, thaw);
    const hasBeenAway = nowMs - lookedMs >= staleAfterMs || nowMs < lookedMs;
    // Beside calls that are quicker than the store every look is cut off by the freeze.
    const isUninformed =
      !hasWaitedInVain &&
      nowMs - learntMs >= staleAfterMs &&
      nowMs - lookedMs >= Math.min(staleAfterMs, readEveryMs);
    // Another failure, or a probe of its own, would be one too many, if the others have found out together meanwhile.
    const isDoubtful = hasFailed
      ? nowMs - lookedMs >= LOOK_EVERY_MS
      : !settings.isOwnClosed() && nowMs >= lookAgainMs;
    if (hasBeenAway || isUninformed || isDoubtful) {
      const own = look(call, nowMs);
      thaw = own;
      void own.then(() => {
        if (thaw === own) thaw = undefined;
      });
      return afterThaw(call, own);
    }
    return closed(call, nowMs);
  }

  /** No longer than half of what the call has left: a probe that is won after that is given back. */
  async function elected(call: Call, nowMs: number): Promise<Entry> {
    let isDone = false;
    const election = probes.elect(call).then((entry) => {
      isDone = true;
      return entry;
    });
    await briefly(call, call.deadlineMs - nowMs, election);
    if (isDone) return (await election) ?? closed(call, runtimeOf(call).now());
    void election.then((won) => (won !== undefined && "ended" in won ? won.forgotten(call) : undefined));
    return refused(rules.storeTimeoutMs);
  }

  async function afterThaw(call: Call, looked: Promise<void>): Promise<Entry> {
    await briefly(call, LOOK_WAIT_MS, looked);
    hasWaitedInVain = learntMs < lookedMs;
    // A read that hangs is waited for once.
    if (thaw === looked) thaw = undefined;
    return considered(call, runtimeOf(call).now());
  }

  function closed(call: Call, nowMs: number): undefined | Promise<Entry> {
    if (nowMs >= lookAgainMs) void look(call, nowMs);
    const { item } = known;
    if (item?.state === "ISOLATED") return refused(ENDLESS, "isolated");
    const sinceMs = item === undefined || item.epoch === 0 ? ENDLESS : nowMs - item.sinceMs;
    if (item !== undefined && isHeldBack(item, sinceMs)) {
      if (random() < rampShare(sinceMs, rampMs) * item.share) return undefined;
      return sinceMs < rampMs ? refused(rampMs - sinceMs, "coming-back") : refused(ENDLESS, "throttled");
    }
    if (!known.isAlerted(nowMs)) {
      calmFromMs = nowMs;
      calmUntilMs = hasFailed ? Math.min(lookAgainMs, lookedMs + LOOK_EVERY_MS) : lookAgainMs;
    }
    return undefined;
  }

  /** Whether not all calls may go through, although it is closed. */
  function isHeldBack({ state, share }: SharedCircuit, sinceMs: number): boolean {
    return state === "CLOSED" && (share < 1 || rampShare(sinceMs, rampMs) < 1);
  }

  return {
    state: () => FOLLOWS[followed ?? "CLOSED"],
    enter(call) {
      const runtime = runtimeOf(call);
      const nowMs = runtime.now();
      if (nowMs < calmUntilMs && nowMs >= calmFromMs) return undefined;
      random = () => runtime.random();
      return considered(call, nowMs);
    },
    saw(failed, call) {
      hasFailed = failed;
      if (failed) calmUntilMs = 0;
      const heard = alarm.saw(failed, call);
      return heard === undefined ? undefined : briefly(call, LOOK_WAIT_MS, heard);
    },
    tripped(call, again) {
      hasFailed = false;
      lookAgainMs = Math.min(lookAgainMs, runtimeOf(call).now() + 0.9 * rules.halfOpenAfterMs);
      calmUntilMs = 0;
      return briefly(call, rules.storeTimeoutMs, alarm.tripped(call, again));
    },
  };
}

const FOLLOWS = { OPEN: "open", CLOSED: "closed", ISOLATED: "isolated" } as const;
