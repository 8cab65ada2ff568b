/**
 * A model of the circuit breaker of Powertools for AWS Lambda (Python), as its repository has it (aws_lambda_powertools/utilities/circuit_breaker, base.py of
 * commit c88a5a34, persistence/base.py of 68bcb01c, persistence/dynamodb.py of dccd8502), with its defaults but for a cooldown of 10 s, as the others have.
 *
 * Each environment counts failures in a row, and writes OPEN when it has five, without a condition. What was read is gone by for five seconds (whole
 * seconds, like all its times); then the next call waits for a read. After the cooldown one environment takes the item over by a conditional write, and
 * sends its own calls as probes, one after the other; closing and opening again are writes without a condition. A probe that outlives its lease closes
 * what another may have opened. Reads and writes that fail count as closed and as done; only those of an election reach the caller.
 */
import { type Contender, DependencyError, type Outcome, type Site } from "./contender.ts";
import { BOTOCORE } from "./sdk-retries.ts";

interface CircuitRecord {
  readonly state: "CLOSED" | "OPEN" | "HALF_OPEN";
  readonly openedAt?: number;
  readonly owner?: string;
  readonly leaseUntil?: number;
}

const FAILURE_THRESHOLD = 5;
const SUCCESS_THRESHOLD = 3;
const RECOVERY_S = 10;
const CACHE_S = 5;

const CLOSED: CircuitRecord = { state: "CLOSED" };

export const powertoolsPython: Contender = {
  name: "Powertools for Python",
  control: "bank",
  stateOf: (item) => ((item as CircuitRecord).state === "CLOSED" ? "closed" : "open"),
  leaseOf(item) {
    const { owner, leaseUntil } = item as CircuitRecord;
    return owner === undefined || leaseUntil === undefined
      ? undefined
      : { holder: `${owner} ${leaseUntil}`, untilMs: leaseUntil * 1_000 };
  },
  start({ environment, table, dependency }: Site) {
    const nowS = (): number => Math.floor(environment.runtime.now() / 1_000);
    const request = { from: environment, retries: BOTOCORE };
    let failures = 0;
    let successes = 0;
    let observed: CircuitRecord["state"] | undefined;
    let cached: { readonly record: CircuitRecord; readonly untilS: number } | undefined;

    const keep = (record: CircuitRecord): void => {
      cached = { record, untilS: nowS() + CACHE_S };
    };

    async function current(): Promise<CircuitRecord> {
      if (cached !== undefined && nowS() < cached.untilS) return cached.record;
      cached = undefined;
      try {
        const record = (await table.read<CircuitRecord>("bank", request)) ?? CLOSED;
        keep(record);
        return record;
      } catch {
        return CLOSED;
      }
    }

    /** Without a condition. What fails is logged. */
    async function save(record: CircuitRecord): Promise<void> {
      try {
        await table.update("bank", () => ({ put: record, answer: undefined }), request);
        keep(record);
      } catch {
        // As the model's source does.
      }
    }

    async function acquired(openedAt: number): Promise<boolean> {
      const atS = nowS();
      const put: CircuitRecord = {
        state: "HALF_OPEN",
        openedAt,
        owner: environment.name,
        leaseUntil: atS + RECOVERY_S,
      };
      const isWon = await table.update<CircuitRecord, boolean>(
        "bank",
        (found) => (mayAcquire(found, openedAt, atS) ? { put, answer: true } : { answer: false }),
        request,
      );
      if (isWon) keep(put);
      return isWon;
    }

    async function closedCall(): Promise<Outcome> {
      try {
        await dependency("call");
        failures = 0;
        return "well";
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        failures += 1;
        if (failures >= FAILURE_THRESHOLD) {
          failures = 0;
          await save({ state: "OPEN", openedAt: nowS() });
        }
        return "failed";
      }
    }

    async function probe(): Promise<Outcome> {
      try {
        await dependency("probe");
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        successes = 0;
        await save({ state: "OPEN", openedAt: nowS() });
        return "failed";
      }
      successes += 1;
      if (successes < SUCCESS_THRESHOLD) return "well";
      successes = 0;
      failures = 0;
      await save(CLOSED);
      return "well";
    }

    async function routed(): Promise<Outcome> {
      const record = await current();
      const { state, openedAt = nowS(), owner, leaseUntil } = record;
      if (state === "CLOSED") {
        if (observed !== undefined && observed !== "CLOSED") failures = 0;
        observed = state;
        return closedCall();
      }
      observed = state;
      if (state === "OPEN") {
        if (nowS() < openedAt + RECOVERY_S) return "refused";
        return (await acquired(openedAt)) ? probe() : "refused";
      }
      if (owner === environment.name) return probe();
      if (leaseUntil !== undefined && nowS() >= leaseUntil && (await acquired(openedAt))) return probe();
      return "refused";
    }

    return async () => {
      try {
        return await routed();
      } catch {
        return "store-error";
      }
    };
  },
};

function mayAcquire(found: CircuitRecord | undefined, openedAt: number, nowS: number): boolean {
  if (found?.state === "OPEN") return found.owner === undefined && found.openedAt === openedAt;
  return found?.state === "HALF_OPEN" && (found.leaseUntil ?? Number.POSITIVE_INFINITY) <= nowS;
}
