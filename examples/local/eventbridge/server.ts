import { startHttpServer } from "../process/http-server.ts";
import { jsonListener } from "../process/json-protocol.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { Bus, Rule } from "../template/stack.ts";
import { startDeliveries } from "./delivery.ts";
import { type EventBuses, eventBuses, type FailEntry } from "./event-bus.ts";
import { operations } from "./operations.ts";
import { receiver } from "./receiver.ts";
import { compileRules } from "./rules.ts";

export interface EventBridgeOptions {
  readonly buses: readonly Bus[];
  readonly rules: readonly Rule[];
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  /** A number from 0 up to 1: the jitter of retries. */
  readonly random: () => number;
  readonly failEntry?: FailEntry;
  /** Default: those of the first bus's or rule's ARN. */
  readonly accountId?: string;
  readonly region?: string;
}

export interface EventBridge extends Running {
  /** For AWS_ENDPOINT_URL_EVENTBRIDGE. */
  readonly endpoint: string;
  readonly putServiceEvent: EventBuses["putServiceEvent"];
  /** Deliveries that have neither arrived nor ended in a dead-letter queue. */
  pending(): number;
  /** For what other services send to a bus: see `receiver.ts`. */
  readonly receive: Deliver;
}

/** Room for 1 MB of entries with every character escaped. */
const MAX_BODY_BYTES = 8 * 1_048_576;

/**
 * Starts EventBridge's API on a free loopback port, for any AWS client.
 *
 * @throws Error when a rule's pattern or target is wrong, naming its place in the template.
 */
export async function startEventBridge(options: EventBridgeOptions): Promise<EventBridge> {
  const { buses, rules, clock, failEntry } = options;
  const observe: Observe = (fact) => {
    try {
      options.observe(fact);
    } catch {
      // A listener that throws must not lose an event.
    }
  };
  const [, , , region = "us-east-1", accountId = "000000000000"] = ([...buses, ...rules][0]?.arn ?? "").split(
    ":",
  );
  const compiled = compileRules(rules);
  const deliveries = startDeliveries({ deliver: options.deliver, clock, observe, random: options.random });
  const served = eventBuses({
    buses,
    rules: compiled,
    deliveries,
    accountId: options.accountId ?? accountId,
    region: options.region ?? region,
    clock,
    observe,
    ...(failEntry === undefined ? {} : { failEntry }),
  });
  const api = jsonListener({
    name: "EventBridge",
    version: "1.1",
    target: "AWSEvents",
    operations: operations({ buses, rules, eventBuses: served }),
    limits: "buses and rules come from the template",
    maxBodyBytes: MAX_BODY_BYTES,
    tooLarge: "RequestEntityTooLargeException",
    internal: "InternalException",
  });
  const server = await startHttpServer(api);
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    putServiceEvent: served.putServiceEvent,
    pending: () => deliveries.pending(),
    receive: receiver(served),
    async stop() {
      await deliveries.stop();
      await server.stop();
    },
  };
}
