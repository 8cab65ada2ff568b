import type { CloudClock, Observe, Running } from "../services.ts";
import { stoppableWaits } from "../waits.ts";

/** One message on its way to one subscriber. */
export interface Delivery {
  /** The subscription, in words for the report. */
  readonly from: string;
  readonly attempt: () => Promise<void>;
  readonly deadLetter?: { readonly arn: string; readonly attempt: () => Promise<void> };
  /** Deliveries with the same line go one after the other: a FIFO topic's, by subscription and message group. */
  readonly line?: string;
}

export interface Deliveries extends Running {
  send(delivery: Delivery): void;
  /** Deliveries that have neither arrived nor been given up. */
  pending(): number;
}

/**
 * The wait before a retry, in cloud milliseconds; undefined once all are used up. Source: SNS Developer Guide,
 * 'Message delivery retries', the policy for AWS managed endpoints: 100,015 retries in 23 days.
 */
export function retryDelayMs(retry: number): number | undefined {
  if (retry <= 3) return 0;
  if (retry <= 5) return 1_000;
  if (retry <= 15) return 1_000 * 20 ** ((retry - 6) / 9);
  return retry <= 100_015 ? 20_000 : undefined;
}

/** What no retry can mend. Source: SNS Developer Guide, 'Dead-letter queues': client-side errors are not retried. */
const CLIENT_SIDE: ReadonlySet<string> = new Set([
  "ResourceNotFoundException",
  "RequestTooLargeException",
  "InvalidRequestContentException",
  "InvalidParameterValueException",
  "InvalidParameterValue",
]);

/** Delivers at least once: retries what may yet arrive, then hands the message to the subscription's dead-letter queue. */
export function startDeliveries(options: {
  readonly clock: CloudClock;
  readonly observe: Observe;
}): Deliveries {
  const { clock, observe } = options;
  const lines = new Map<string, Promise<void>>();
  const waits = stoppableWaits(clock);
  let pending = 0;

  /** Why it was given up; undefined once it has arrived or the deliveries were stopped. */
  async function persist(attempt: () => Promise<void>): Promise<string | undefined> {
    for (let retry = 1; ; retry++) {
      try {
        await attempt();
        return undefined;
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        if (isClientSide(thrown)) return message;
        const delayMs = retryDelayMs(retry);
        if (delayMs === undefined) return message;
        if (!(await waits.wait(delayMs))) return undefined;
      }
    }
  }

  async function run({ from, attempt, deadLetter }: Delivery): Promise<void> {
    const reason = await persist(attempt);
    if (reason === undefined) return;
    if (deadLetter === undefined) return observe({ type: "dropped", from, reason });
    const lost = await persist(deadLetter.attempt);
    if (waits.stopped) return;
    if (lost === undefined) return observe({ type: "dead-letter", from, to: deadLetter.arn, reason });
    observe({
      type: "dropped",
      from,
      reason: `${reason}; and the dead-letter queue ${deadLetter.arn} did not take it: ${lost}`,
    });
  }

  return {
    send(delivery) {
      pending += 1;
      const { line } = delivery;
      const before = line === undefined ? undefined : lines.get(line);
      const running = (before === undefined ? run(delivery) : before.then(() => run(delivery))).finally(
        () => {
          pending -= 1;
          if (line !== undefined && lines.get(line) === running) lines.delete(line);
        },
      );
      if (line !== undefined) lines.set(line, running);
    },
    pending: () => pending,
    async stop() {
      waits.stop();
    },
  };
}

/** Clients of AWS say whose fault an error is; what our own services throw has a code. */
function isClientSide(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { $fault, code, name }: { $fault?: unknown; code?: unknown; name?: unknown } = thrown;
  if (typeof name === "string" && /throttl|toomanyrequests/i.test(name)) return false;
  return $fault === "client" || (typeof code === "string" && CLIENT_SIDE.has(code));
}
