/**
 * The Events of a function or a state machine, each of which SAM turns into a route, a mapping, a schedule, or a
 * rule or notification with what lets it reach its target.
 *
 * Source: SAM Developer Guide, 'EventSource' and its types.
 */
import { object, required } from "../../object-shape.ts";
import { oneOf } from "../../shapes.ts";
import { placeWithin, type Syntax } from "../../syntax.ts";
import type { ResourceContext } from "../kind.ts";
import { joinParts, type Parts } from "../parts.ts";
import { eventBridgeRule } from "./event-bridge-rule.ts";
import type { EventOwner, EventType } from "./event-type.ts";
import { httpApi } from "./http-api.ts";
import { s3 } from "./s3.ts";
import { schedule } from "./schedule.ts";
import { scheduleV2 } from "./schedule-v2.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { dynamoDb, kinesis } from "./stream.ts";

const types: ReadonlyMap<string, EventType> = new Map(
  [httpApi, sqs, sns, s3, kinesis, dynamoDb, eventBridgeRule, schedule, scheduleV2].map((type) => [
    type.type,
    type,
  ]),
);

const envelope = object({
  Type: required(oneOf(...types.keys())),
  Properties: required({ read: (node: Syntax) => node }),
});

export function readEvents(context: ResourceContext, owner: EventOwner): Parts {
  const events = context.properties.kind === "map" ? context.properties.entries.get("Events") : undefined;
  if (events === undefined || events.kind === "unknown") return joinParts([]);
  if (events.kind !== "map") {
    context.problems.report(events.place, "expected a map of events");
    return joinParts([]);
  }
  return joinParts([...events.entries].map(([name, node]) => readEvent(name, node, context, owner)));
}

function readEvent(name: string, node: Syntax, context: ResourceContext, owner: EventOwner): Partial<Parts> {
  const { problems, stack } = context;
  const read = envelope.read(node, problems);
  const type = types.get(read?.Type ?? "");
  if (read === undefined || type === undefined) return {};
  if (!type.owners.includes(owner.kind)) {
    problems.report(
      node.place,
      `a ${owner.kind} has no event of type ${type.type} here; use EventBridgeRule, Schedule or ScheduleV2`,
    );
    return {};
  }
  return type.read(read.Properties, {
    logicalId: `${context.logicalId}${name}`,
    owner,
    ownerArn: context.arn,
    stack,
    problems,
    place: node.place,
    at: (...path) => placeWithin(read.Properties, ...path),
  });
}
