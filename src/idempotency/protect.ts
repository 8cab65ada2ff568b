import { type Call, entered, isObserved, refusal, report, runtimeOf } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { claim, type Granted } from "./claim.ts";
import { endings } from "./endings.ts";
import { IdempotencyResultNotStoredError } from "./errors.ts";
import { factsOf } from "./facts.ts";
import { type Identity, identify } from "./key.ts";
import { isSwitchedOff } from "./kill-switch.ts";
import { leaseTimes } from "./lease-times.ts";
import { checkedOptions, type IdempotentOptions } from "./options.ts";
import { type IdempotencyRecord, RECORD_VERSION } from "./record.ts";
import type { RememberedResult } from "./result-cache.ts";
import { inRecord } from "./results/in-record.ts";
import { resultIn } from "./results/result-in.ts";
import { runUnderLease } from "./run-under-lease.ts";
import type { ClaimRequest } from "./store.ts";
import { unguarded } from "./unguarded.ts";
import type { WithUnit } from "./unit.ts";
import type { UnitExtension } from "./unit-extension.ts";

/**
 * The function, once per key: what `idempotent` and `resumable` have in common. `where` is which of them, for errors.
 */
export function protect<I, R, C extends Call, const S = never>(
  where: string,
  fn: Fn<I, R, C & WithUnit>,
  options: IdempotentOptions<I, S>,
  extension?: UnitExtension,
): Fn<I, R | S, C> {
  if (typeof fn !== "function")
    throw new InvalidOptionError(where, "its first argument must be the function");
  const settings = checkedOptions(where, options);
  const { store, operation, cache, onError, results = inRecord, inFlight = "throw" } = settings;
  const times = leaseTimes(settings);
  const ends = endings(store, operation, times.rememberMs, results, onError ?? (() => "release"));
  const runUnguarded = unguarded(fn, settings, extension);
  const isOff = isSwitchedOff(operation);
  const takesAbandoned = settings.onAbandoned !== "block";

  return async function protectedFn(input, given) {
    const call = entered(given);
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    if (isOff) return runUnguarded(idWhenOff(input), input, call);
    const identity = identify(settings, input);
    if (identity === undefined) {
      report(call, { type: "idempotency.key-missing", operation });
      return runUnguarded(undefined, input, call);
    }
    const runtime = runtimeOf(call);
    const remembered = cache?.get(identity, runtime.now());
    if (remembered !== undefined) return replay(identity, { ...remembered, state: "COMPLETED" }, call);

    const owner = runtime.newId();
    const { id, payloadHash } = identity;
    const ask = (): ClaimRequest => {
      const { nowMs, leaseUntilMs, expiresAtMs } = times.fromNow(call);
      const version = RECORD_VERSION;
      return { id, payloadHash, owner, version, nowMs, leaseUntilMs, expiresAtMs, takesAbandoned };
    };
    const claimed = await claim(
      store,
      operation,
      ask,
      typeof inFlight === "string" ? inFlight : "skip",
      call,
    );
    switch (claimed.kind) {
      case "run":
        return run(identity, owner, claimed, input, call);
      case "replay":
        return replay(identity, await withText(claimed.found, identity, call), call);
      case "in-flight":
        tell("skipped", identity, claimed.found, call);
        return (inFlight as { readonly skip: S }).skip;
    }
  };

  /** The switch is for a day on which nothing must stand in the way: a key that is missing does not. */
  function idWhenOff(input: I): string | undefined {
    try {
      return identify(settings, input)?.id;
    } catch {
      return undefined;
    }
  }

  async function run(
    identity: Identity,
    owner: string,
    { fence, leaseUntilMs, took, steps }: Granted,
    input: I,
    call: C,
  ): Promise<R> {
    tell("claimed", identity, { ...took, fence }, call);
    const { result, outcome } = await runUnderLease(fn, input, call, {
      operation,
      store,
      results,
      onError,
      ends,
      extension,
      steps,
      lease: { id: identity.id, owner, fence },
      leaseUntilMs,
      beat: times.beat(call, leaseUntilMs),
    });
    remember(identity, { ...outcome, fence }, call);
    return result;
  }

  function tell(
    what: "claimed" | "replayed" | "skipped",
    { id }: Identity,
    record: Parameters<typeof factsOf>[2],
    call: Call,
  ): void {
    if (isObserved(call))
      report(call, { type: `idempotency.${what}`, ...factsOf(operation, id, record, call) });
  }

  async function withText(found: IdempotencyRecord, identity: Identity, call: C) {
    const { state, fence, atMs, expiresAtMs, result: kept, owner } = found;
    const text = kept === undefined ? undefined : await results.text(kept, { id: identity.id, owner }, call);
    const ended = { state, fence, atMs, expiresAtMs, text };
    remember(identity, ended, call);
    return ended;
  }

  /** Failures, and results that could not be kept, are left to the store: what is said of them may change. */
  function remember(identity: Identity, ended: Ended, call: C): void {
    const { state, text } = ended;
    if (state === "COMPLETED" && text !== undefined) {
      const { fence, atMs, expiresAtMs } = ended;
      cache?.set(identity, { text, fence, atMs, expiresAtMs }, runtimeOf(call).now());
    }
  }

  function replay(identity: Identity, ended: Ended, call: C): R {
    tell("replayed", identity, ended, call);
    if (ended.text === undefined) throw new IdempotencyResultNotStoredError(operation, ended.state);
    const value = resultIn(ended.text);
    if (ended.state === "FAILED") throw value;
    return value as R;
  }
}

/** A record that has ended, as its repeats need it. */
type Ended = Omit<RememberedResult, "text"> &
  Pick<IdempotencyRecord, "state"> & { readonly text: string | undefined };
