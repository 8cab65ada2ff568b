import { randomUUID } from "node:crypto";
import type { CloudClock, Observe } from "../services.ts";
import type { Bus } from "../template/stack.ts";
import type { Deliveries } from "./delivery.ts";
import { type EventEnvelope, eventJson, isoSeconds } from "./event.ts";
import { type CheckedEntry, checkEntry, type EntryError, type PutEventsEntry } from "./put-events.ts";
import type { CompiledRule } from "./rules.ts";

/** Makes an entry of PutEvents fail that is good in itself, as a busy service would. */
export type FailEntry = (entry: PutEventsEntry, index: number) => EntryError | undefined;

export type EntryResult =
  | { readonly EventId: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** An event of an AWS service, which goes to the default bus (AWS page 'Events from AWS services'). */
export interface ServiceEvent {
  readonly source: `aws.${string}`;
  readonly detailType: string;
  readonly timeMs: number;
  readonly resources: readonly string[];
  /** JSON. */
  readonly detail: string;
}

export interface EventBuses {
  /** Publishes the good entries; one result an entry, in order. */
  putEvents(entries: readonly PutEventsEntry[]): readonly EntryResult[];
  /** Publishes what another service of this cloud tells. @throws Error when it is no event. */
  putServiceEvent(event: ServiceEvent): void;
}

interface Options {
  readonly buses: readonly Bus[];
  readonly rules: readonly CompiledRule[];
  readonly deliveries: Deliveries;
  readonly accountId: string;
  readonly region: string;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly failEntry?: FailEntry;
}

/** The buses of one account and region, with their rules; the default bus is always there. */
export function eventBuses(options: Options): EventBuses {
  const { buses, rules, deliveries, accountId, region, clock, observe, failEntry } = options;
  const names = new Set(["default", ...buses.map((bus) => bus.name)]);

  function publish(entry: CheckedEntry): string {
    const busName = busNameOf(entry.eventBusName);
    const ingestedAtMs = clock.now();
    const event: EventEnvelope = {
      version: "0",
      id: randomUUID(),
      "detail-type": entry.detailType,
      source: entry.source,
      account: accountId,
      time: isoSeconds(entry.timeMs ?? ingestedAtMs),
      region,
      resources: entry.resources,
      detail: entry.parsedDetail,
    };
    if (!names.has(busName)) {
      // EventBridge gives an event for a bus that does not exist an id all the same, and drops it.
      observe({ type: "dropped", from: busName, reason: `there is no event bus ${busName}` });
      return event.id;
    }
    const json = eventJson(event, entry.detail);
    const matched = rules.filter(({ rule, matches }) => rule.busName === busName && matches(event));
    for (const { rule, targets } of matched) {
      for (const { target, input } of targets) {
        const payload = input({ event, json, ruleArn: rule.arn, ruleName: rule.name, ingestedAtMs });
        deliveries.send({ ruleArn: rule.arn, ruleName: rule.name, target, payload, event: json });
      }
    }
    observe({ type: "event-published", busName, matchedRules: matched.length });
    return event.id;
  }

  return {
    putEvents: (entries) =>
      entries.map((entry, index) => {
        const checked = checkEntry(entry);
        const result = "code" in checked ? checked : (failEntry?.(entry, index) ?? checked);
        return "code" in result
          ? { ErrorCode: result.code, ErrorMessage: result.message }
          : { EventId: publish(result) };
      }),
    putServiceEvent(event) {
      const checked = checkEntry(event, "service");
      if ("code" in checked) throw new Error(`${event.source}: ${checked.code}: ${checked.message}`);
      publish(checked);
    },
  };
}

/** `arn:aws:events:eu-west-1:123456789012:event-bus/orders` and `orders` are the same bus. */
export function busNameOf(nameOrArn: string | undefined): string {
  if (!nameOrArn) return "default";
  return nameOrArn.startsWith("arn:") ? nameOrArn.slice(nameOrArn.indexOf("/") + 1) : nameOrArn;
}
