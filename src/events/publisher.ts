import { awsSaysRetryable } from "../aws/aws-error.ts";
import type { AwsTransport } from "../aws/transport.ts";
import type { BulkResult } from "../batching/bulk-result.ts";
import { sendAll } from "../batching/sender/send-all.ts";
import { checkedSender } from "../batching/sender/sender-options.ts";
import { EntryRefusedError, EntryUnansweredError } from "../batching/targets/entry-refused.ts";
import { eventBridgeTarget } from "../batching/targets/eventbridge.ts";
import { type Call, entered, runtimeOf } from "../core/call.ts";
import { HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import type { OutgoingEvent } from "./definition.ts";
import { EventPublishError } from "./errors.ts";
import { type PreparedEvent, prepare } from "./prepare.ts";

/**
 * What became of one event. `id` is the event's own; `eventId` is EventBridge's for this delivery.
 *
 * The error's code is `EVENT_INVALID`, `EVENT_NOT_PUBLISHED`, or one of the bulk sender's: `ENTRY_TOO_LARGE`,
 * `ENTRY_NOT_SENT`, `ENTRY_OUTCOME_UNKNOWN`, `BULK_ANSWER_MISMATCH`. `retryable` says whether to publish it again, under
 * the same id.
 */
export type PublishResult =
  | { readonly ok: true; readonly id: string; readonly eventId: string }
  | { readonly ok: false; readonly id?: string; readonly error: HoldfastError };

export interface EventPublisherOptions {
  /** `eventBridgeTransport(client)`, from `holdfast/aws/eventbridge`. */
  readonly transport: AwsTransport;
  /** Name or ARN of the bus. */
  readonly busName: string;
  /** Requests under way at once. Default: 4. */
  readonly concurrency?: number;
  /** Sends of one event, the first included. Default: 5. */
  readonly maxAttempts?: number;
}

export interface EventPublisher {
  /**
   * Publishes events and gives one result for each, in their order.
   *
   * What does not fit its definition is refused in its own result (`EVENT_INVALID`) and the others go. At least once:
   * an event whose answer was lost is sent again under the same id. Rejects for nothing that happens to an event.
   */
  publish(events: readonly OutgoingEvent[], call: Call): Promise<readonly PublishResult[]>;
  /** Publishes one event and gives its id, or rejects with the error of its result. */
  publishOne(event: OutgoingEvent, call: Call): Promise<string>;
}

/**
 * Publishes defined events to an EventBridge bus.
 *
 * @example
 * ```ts
 * const publisher = eventPublisher({ transport: eventBridgeTransport(new EventBridgeClient({})), busName: "OrderBus" });
 * await publisher.publishOne(orderPlaced.of(order, { id: `order-placed/${order.orderId}` }), call);
 * ```
 */
export function eventPublisher(options: EventPublisherOptions): EventPublisher {
  checkRequiredOptions("eventPublisher", options, ["transport", "busName", "concurrency", "maxAttempts"]);
  const { transport, busName, ...sending } = options;
  if (typeof transport?.call !== "function") {
    throw new InvalidOptionError(
      "eventPublisher",
      "transport must be an AwsTransport: eventBridgeTransport(client)",
    );
  }
  if (typeof busName !== "string" || busName === "") {
    throw new InvalidOptionError("eventPublisher", "busName must be the name or the ARN of an event bus");
  }
  const target = eventBridgeTarget({ transport });
  const limits = checkedSender("eventPublisher", target, sending);

  async function publish(events: readonly OutgoingEvent[], given: Call): Promise<readonly PublishResult[]> {
    const call = entered(given);
    const runtime = runtimeOf(call);
    const prepared = await Promise.all(events.map((event) => prepareSafely(event, busName, runtime)));
    const entries = prepared.flatMap((one) => (one.ok ? [one.entry] : []));
    const outcomes = (await sendAll(target, entries, call, limits)).values();
    return prepared.map((one) => (one.ok ? resultOf(one.id, outcomes.next().value) : one));
  }

  return {
    publish,
    async publishOne(event, call) {
      const [result] = await publish([event], call);
      if (result?.ok) return result.id;
      throw result?.error ?? publishError(undefined, true);
    },
  };
}

/** A schema that is not usable, or ajv missing, costs its own event only; neither passes with time. */
async function prepareSafely(
  event: OutgoingEvent,
  busName: string,
  runtime: Runtime,
): Promise<PreparedEvent> {
  try {
    return await prepare(event, busName, runtime);
  } catch (error) {
    return { ok: false, error: publishError(error, false) };
  }
}

function resultOf(id: string, outcome: BulkResult | undefined): PublishResult {
  if (outcome?.ok && outcome.id !== undefined) return { ok: true, id, eventId: outcome.id };
  if (outcome === undefined || outcome.ok) return { ok: false, id, error: publishError(undefined, true) };
  return { ok: false, id, error: publishError(outcome.error, outcome.retryable ?? true) };
}

function publishError(cause: unknown, retryable: boolean): HoldfastError {
  if (cause instanceof EntryRefusedError) {
    return new EventPublishError(`EventBridge refused it: ${cause.reason}`, {
      retryable,
      reason: cause.reason,
    });
  }
  if (cause instanceof EntryUnansweredError) {
    return new EventPublishError("EventBridge's answer has neither an id nor an error", { retryable });
  }
  if (cause instanceof HoldfastError) return cause;
  const byService = awsSaysRetryable(cause) !== undefined && cause instanceof Error;
  const reason = byService ? cause.name : undefined;
  const what = byService
    ? `EventBridge rejected the request: ${reason}. Look at the bus's name and at the permission events:PutEvents.`
    : "EventBridge was not reached, or its answer was lost: the event may have been published.";
  return new EventPublishError(what, { retryable, reason, cause });
}
