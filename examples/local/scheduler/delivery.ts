import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import { stoppableWaits } from "../waits.ts";
import { attributesOf, isoSeconds, type Occurrence, payloadOf } from "./occurrence.ts";

/** Occurrences on their way to their targets. */
export interface Deliveries extends Running {
  /** Resolves once the occurrence has arrived, or has come to its end elsewhere. */
  send(occurrence: Occurrence): Promise<void>;
  pending(): number;
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

const DEAD_LETTER_ATTEMPTS = 5;

/** The wait before a retry, in cloud milliseconds. AWS says that it grows exponentially, and gives no figures. */
function retryDelayMs(retry: number, random: () => number): number {
  return Math.min(600_000, 1_000 * 2 ** Math.min(retry - 1, 20)) * (0.5 + random() / 2);
}

/**
 * Delivers at least once, until the retries or the age of the schedule's RetryPolicy are used up; then the payload
 * goes to the dead-letter queue.
 *
 * Source: EventBridge Scheduler API Reference, 'RetryPolicy'; User Guide, 'Configuring a schedule's dead-letter
 * queue in EventBridge Scheduler'.
 */
export function startDeliveries(options: {
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly random: () => number;
}): Deliveries {
  const { deliver, clock, observe, random } = options;
  const waits = stoppableWaits(clock);
  let pending = 0;

  async function attempt(...sent: Parameters<Deliver>): Promise<Failure | undefined> {
    try {
      await deliver(...sent);
      return undefined;
    } catch (thrown) {
      return failureOf(thrown);
    }
  }

  async function run(occurrence: Occurrence): Promise<void> {
    const { name: scheduleName, target, ...definition } = occurrence.definition;
    const attributes = attributesOf({ ...definition, name: scheduleName, target });
    const beganMs = clock.now();
    for (let retries = 0; ; retries += 1) {
      const failure = await attempt(target.arn, payloadOf(occurrence, retries + 1), attributes);
      if (failure === undefined || waits.stopped) return;
      if (retries >= target.maximumRetryAttempts) {
        return giveUp(occurrence, failure, retries, "MaximumRetryAttempts");
      }
      const delayMs = retryDelayMs(retries + 1, random);
      const ageMs = (clock.now() - beganMs) * clock.speed + delayMs;
      if (ageMs > target.maximumEventAgeSeconds * 1_000) {
        return giveUp(occurrence, failure, retries, "MaximumEventAgeInSeconds");
      }
      if (!(await waits.wait(delayMs))) return;
      observe({ type: "schedule-retry", scheduleName, attempt: retries + 2 });
    }
  }

  async function giveUp(
    occurrence: Occurrence,
    failure: Failure,
    retries: number,
    exhausted: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds",
  ): Promise<void> {
    const { arn, name: from, target } = occurrence.definition;
    const reason = `${failure.code} from ${target.arn}: ${failure.message}`;
    if (target.deadLetterArn === undefined) return observe({ type: "dropped", from, reason });
    const attributes = {
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message === "" ? failure.code : failure.message,
      EXECUTION_ID: occurrence.executionId,
      EXHAUSTED_RETRY_CONDITION: exhausted,
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: String(retries),
      SCHEDULED_TIME: isoSeconds(occurrence.scheduledMs),
      SCHEDULE_ARN: arn,
      TARGET_ARN: target.arn,
    };
    let last: Failure | undefined;
    for (let tries = 1; tries <= DEAD_LETTER_ATTEMPTS; tries += 1) {
      last = await attempt(target.deadLetterArn, payloadOf(occurrence, retries + 1), attributes);
      if (last === undefined) return observe({ type: "dead-letter", from, to: target.deadLetterArn, reason });
      if (!(await waits.wait(retryDelayMs(tries, random)))) return;
    }
    const letter = `the dead-letter queue ${target.deadLetterArn} did not take it: ${last?.message}`;
    observe({ type: "dropped", from, reason: `${reason}; and ${letter}` });
  }

  return {
    send(occurrence) {
      pending += 1;
      return run(occurrence).finally(() => {
        pending -= 1;
      });
    },
    pending: () => pending,
    async stop() {
      waits.stop();
    },
  };
}

/** The target's own words: its error's code, or its name. */
function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { code: "UnknownError", message: String(thrown) };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
  return { code, message: thrown.message };
}
