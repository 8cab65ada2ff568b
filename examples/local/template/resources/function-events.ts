/**
 * A function's Events, each of which SAM turns into a route, a mapping, or a rule or notification with its permission.
 *
 * Source: SAM Developer Guide, 'EventSource' and its types.
 */
import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, integer, jsonObject, oneOf, text } from "../shapes.ts";
import { placeWithin, type Syntax } from "../syntax.ts";
import { readBucketEvent, bucketEvent as s3Event } from "./bucket-notifications.ts";
import { busNameOf, ruleArnOf } from "./event-rule.ts";
import { mappingFields, readMapping } from "./event-source-mapping.ts";
import { joinParts, type Parts, type ResourceContext } from "./kind.ts";
import { readTarget, targetFields } from "./rule-target.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"] as const;

const httpApiEvent = object(
  {
    // SAM makes an API of its own when none is named; here it is named, so that it is seen.
    ApiId: required(text()),
    Method: required(
      text({ pattern: new RegExp(`^(${methods.join("|")})$`, "i"), hint: `write ${methods.join(", ")}` }),
    ),
    Path: required(text({ pattern: /^(\/|\$default$)/, hint: "start it with /" })),
    PayloadFormatVersion: optional(oneOf("2.0")),
    TimeoutInMillis: optional(integer({ least: 50, most: 30_000 })),
    RouteSettings: deployOnly(anything()),
  },
  { name: "an HttpApi event" },
);

const sqsEvent = object({ Queue: required(text()), ...mappingFields }, { name: "an SQS event" });

const ruleEvent = object(
  {
    Pattern: required(jsonObject()),
    EventBusName: optional(text()),
    RuleName: optional(
      text({ pattern: /^[.A-Za-z0-9_-]{1,64}$/, hint: "use letters, digits, . - _, at most 64" }),
    ),
    State: optional(oneOf("ENABLED", "DISABLED")),
    Target: optional(object({ Id: required(text()) })),
    ...targetFields,
  },
  { name: "an EventBridgeRule event" },
);

const envelope = object({
  Type: required(oneOf("HttpApi", "SQS", "EventBridgeRule", "S3")),
  Properties: required({ read: (node: Syntax) => node }),
});

export function readEvents(context: ResourceContext): Parts {
  const events = context.properties.kind === "map" ? context.properties.entries.get("Events") : undefined;
  if (events === undefined || events.kind === "unknown") return joinParts([]);
  if (events.kind !== "map") {
    context.problems.report(events.place, "expected a map of events");
    return joinParts([]);
  }
  return joinParts([...events.entries].map(([name, node]) => readEvent(name, node, context)));
}

function readEvent(name: string, node: Syntax, context: ResourceContext): Partial<Parts> {
  const { problems, stack } = context;
  const read = envelope.read(node, problems);
  if (read === undefined) return {};
  const logicalId = `${context.logicalId}${name}`;
  const at = (...path: readonly (string | number)[]) => placeWithin(read.Properties, ...path);
  switch (read.Type) {
    case "HttpApi": {
      const event = httpApiEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const route = {
        method: event.Method.toUpperCase(),
        path: event.Path,
        functionArn: context.arn,
        timeoutMs: event.TimeoutInMillis ?? 30_000,
        place: node.place,
      };
      return { routes: [{ apiId: event.ApiId, route, apiPlace: at("ApiId") }] };
    }
    case "SQS": {
      const event = sqsEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const about = {
        logicalId,
        queueArn: event.Queue,
        functionArn: context.arn,
        problems,
        place: node.place,
        at,
      };
      return { queueMappings: [readMapping(event, about)] };
    }
    case "EventBridgeRule": {
      const event = ruleEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const busName = busNameOf(event.EventBusName);
      const ruleName = event.RuleName ?? `${stack.stackName}-${logicalId}`;
      const arn = ruleArnOf(stack, busName, ruleName);
      const id = event.Target?.Id ?? `${logicalId}LambdaTarget`;
      return {
        rules: [
          {
            logicalId,
            name: ruleName,
            arn,
            place: node.place,
            busName,
            enabled: event.State !== "DISABLED",
            pattern: event.Pattern,
            targets: [readTarget(event, { id, arn: context.arn, problems, at })],
          },
        ],
        permissions: [{ functionArn: context.arn, principal: "events.amazonaws.com", sourceArn: arn }],
      };
    }
    case "S3": {
      const event = s3Event.read(read.Properties, problems);
      if (event === undefined) return {};
      const notifications = readBucketEvent(event, { logicalId, functionArn: context.arn, problems, at });
      // SAM names the account and no bucket, which would be a circle.
      const permission = {
        logicalId: `${logicalId}Permission`,
        functionArn: context.arn,
        principal: "s3.amazonaws.com",
        sourceArn: undefined,
        sourceAccount: stack.accountId,
      };
      const bucketEvent = {
        permissionId: permission.logicalId,
        functionArn: context.arn,
        bucketName: event.Bucket,
        bucketPlace: at("Bucket"),
        notifications,
      };
      return { bucketEvents: [bucketEvent], permissions: [permission] };
    }
  }
}
