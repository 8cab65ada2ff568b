import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, startHttpServer } from "../process/http-server.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { Bus, Rule } from "../template/stack.ts";
import { startDeliveries } from "./delivery.ts";
import { type EventBuses, eventBuses, type FailEntry } from "./event-bus.ts";
import { type Operations, operations } from "./operations.ts";
import { RequestError } from "./request-error.ts";
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
  const serve = operations({ buses, rules, eventBuses: served });
  const server = await startHttpServer((request, response) => void answer(serve, request, response));
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    putServiceEvent: served.putServiceEvent,
    pending: () => deliveries.pending(),
    async stop() {
      await deliveries.stop();
      await server.stop();
    },
  };
}

async function answer(serve: Operations, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === "too-large")
      throw new RequestError("RequestEntityTooLargeException", "The request is too large.");
    send(response, 200, serve(operationOf(request), parseBody(body)));
  } catch (error) {
    if (error instanceof RequestError) {
      send(response, 400, { __type: error.code, message: error.message });
    } else {
      const message = error instanceof Error ? error.message : String(error);
      send(response, 500, { __type: "InternalException", message });
    }
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() })
    .end(JSON.stringify(body));
}

function operationOf(request: IncomingMessage): string {
  const target = request.headers["x-amz-target"];
  const [, operation] = /^AWSEvents\.(\w+)$/.exec(String(target)) ?? [];
  if (request.method === "POST" && operation !== undefined) return operation;
  throw new RequestError(
    "UnknownOperationException",
    "This is EventBridge: POST with the header X-Amz-Target: AWSEvents.<Operation>.",
  );
}

function parseBody(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new RequestError("SerializationException", "The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RequestError("SerializationException", "The body is not a JSON object.");
  }
  return { ...value };
}
