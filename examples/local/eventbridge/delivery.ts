import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { RuleTarget } from "../template/stack.ts";
import { stoppableWaits } from "../waits.ts";
import { type DeliveryFailure, deliveryFailure } from "./delivery-error.ts";

/** One event on its way to one target. */
export interface Delivery {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly target: Pick<
    RuleTarget,
    "arn" | "maximumRetryAttempts" | "maximumEventAgeSeconds" | "deadLetterArn"
  >;
  /** What the target gets. */
  readonly payload: string;
  /** What the dead-letter queue gets: the event as it was published. */
  readonly event: string;
}

export interface Deliveries extends Running {
  send(delivery: Delivery): void;
  /** Deliveries that have neither arrived nor ended in a dead-letter queue. */
  pending(): number;
}

interface Options {
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  /** A number from 0 up to 1, for the jitter. */
  readonly random: () => number;
}

const DEAD_LETTER_ATTEMPTS = 5;

/**
 * The wait before a retry, in cloud milliseconds: doubling from one second to ten minutes, with half of it
 * random. AWS gives no figures, but its 185 attempts fill its 24 hours with these.
 */
export function retryDelayMs(retry: number, random: () => number): number {
  return Math.min(600_000, 1_000 * 2 ** Math.min(retry - 1, 20)) * (0.5 + random() / 2);
}

/**
 * Delivers at least once: retries what may yet arrive until the target's attempts or the event's age are used
 * up, then hands the event to the dead-letter queue, or reports it as dropped when there is none.
 */
export function startDeliveries({ deliver, clock, observe, random }: Options): Deliveries {
  const waits = stoppableWaits(clock);
  let pending = 0;

  async function attempt(
    ...[arn, payload, attributes]: Parameters<Deliver>
  ): Promise<DeliveryFailure | "ok"> {
    try {
      await deliver(arn, payload, attributes);
      return "ok";
    } catch (thrown) {
      return deliveryFailure(thrown);
    }
  }

  async function run(delivery: Delivery): Promise<void> {
    const { target, ruleName } = delivery;
    const startMs = clock.now();
    for (let retries = 0; ; retries++) {
      const outcome = await attempt(target.arn, delivery.payload);
      if (outcome === "ok") return;
      const delayMs = retryDelayMs(retries + 1, random);
      const ageMs = (clock.now() - startMs) * clock.speed + delayMs;
      if (!outcome.retryable) return await giveUp(delivery, outcome, retries);
      if (retries >= target.maximumRetryAttempts) {
        return await giveUp(delivery, outcome, retries, "MaximumRetryAttempts");
      }
      if (ageMs > target.maximumEventAgeSeconds * 1000) {
        return await giveUp(delivery, outcome, retries, "MaximumEventAgeInSeconds");
      }
      if (!(await waits.wait(delayMs))) return;
      observe({ type: "rule-retry", ruleName, attempt: retries + 2 });
    }
  }

  async function giveUp(
    { target, ruleArn, ruleName, event }: Delivery,
    { code, message }: DeliveryFailure,
    retries: number,
    exhausted?: string,
  ): Promise<void> {
    const reason = `${code} from ${target.arn}: ${message}`;
    if (target.deadLetterArn === undefined) return observe({ type: "dropped", from: ruleName, reason });
    const attributes = {
      RULE_ARN: ruleArn,
      TARGET_ARN: target.arn,
      ERROR_CODE: code,
      ERROR_MESSAGE: message === "" ? code : message,
      RETRY_ATTEMPTS: String(retries),
      ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    let failure: DeliveryFailure | undefined;
    for (let tries = 1; tries <= DEAD_LETTER_ATTEMPTS; tries++) {
      const outcome = await attempt(target.deadLetterArn, event, attributes);
      if (outcome === "ok") {
        return observe({ type: "dead-letter", from: ruleName, to: target.deadLetterArn, reason });
      }
      failure = outcome;
      if (!outcome.retryable || !(await waits.wait(retryDelayMs(tries, random)))) break;
    }
    observe({
      type: "dropped",
      from: ruleName,
      reason: `${reason}; and the dead-letter queue ${target.deadLetterArn} did not take it: ${failure?.message}`,
    });
  }

  return {
    send(delivery) {
      pending++;
      void run(delivery).finally(() => pending--);
    },
    pending: () => pending,
    async stop() {
      waits.stop();
    },
  };
}
