/**
 * SAM's Globals: what every function or HTTP API of the template has unless it says otherwise.
 *
 * Source: SAM Developer Guide, 'Globals section of the AWS SAM template'. Single values are replaced, maps are
 * merged key by key, lists are joined, the global items first. An intrinsic function counts as a single value,
 * and Architectures is replaced although it is a list.
 */
import { isIntrinsicCall } from "./intrinsics.ts";
import type { Problems } from "./problems.ts";
import type { Syntax } from "./syntax.ts";

const sections = new Map<string, { readonly type: string; readonly properties: readonly string[] }>([
  [
    "Function",
    {
      type: "AWS::Serverless::Function",
      properties: [
        "Handler",
        "Runtime",
        "CodeUri",
        "DeadLetterQueue",
        "Description",
        "MemorySize",
        "Timeout",
        "VpcConfig",
        "Environment",
        "Tags",
        "PropagateTags",
        "Tracing",
        "KmsKeyArn",
        "Layers",
        "RolePath",
        "PermissionsBoundary",
        "ReservedConcurrentExecutions",
        "EventInvokeConfig",
        "Architectures",
        "EphemeralStorage",
        "LoggingConfig",
        "RecursiveLoop",
      ],
    },
  ],
  [
    "HttpApi",
    {
      type: "AWS::Serverless::HttpApi",
      properties: ["AccessLogSettings", "Tags", "DefaultRouteSettings", "FailOnWarnings", "PropagateTags"],
    },
  ],
  ["SimpleTable", { type: "AWS::Serverless::SimpleTable", properties: ["SSESpecification"] }],
]);

/** The globals of each resource type; what does not belong there is reported. */
export function readGlobals(node: Syntax | undefined, problems: Problems): ReadonlyMap<string, Syntax> {
  const result = new Map<string, Syntax>();
  if (node === undefined || node.kind === "unknown") return result;
  if (node.kind !== "map") {
    problems.report(node.place, "expected a map with Function, HttpApi or SimpleTable");
    return result;
  }
  for (const [name, properties] of node.entries) {
    const section = sections.get(name);
    if (section === undefined) {
      problems.report(
        properties.place,
        `Globals of ${name} are not served here; known are ${[...sections.keys()].join(", ")}`,
      );
      continue;
    }
    if (properties.kind !== "map") {
      problems.report(properties.place, "expected a map of properties");
      continue;
    }
    for (const [property, value] of properties.entries) {
      if (section.properties.includes(property)) continue;
      problems.report(
        value.place,
        `${property} cannot stand in Globals here; write it at each resource, or use ${section.properties.join(", ")}`,
      );
    }
    result.set(section.type, properties);
  }
  return result;
}

/** The resource's own properties over the globals. */
export function mergeGlobals(globals: Syntax | undefined, own: Syntax, property = ""): Syntax {
  if (globals === undefined) return own;
  if (isIntrinsicCall(globals) || isIntrinsicCall(own)) return own;
  if (globals.kind === "list" && own.kind === "list" && property !== "Architectures") {
    return { ...own, items: [...globals.items, ...own.items] };
  }
  if (globals.kind === "map" && own.kind === "map") {
    const entries = new Map(globals.entries);
    for (const [key, value] of own.entries) entries.set(key, mergeGlobals(entries.get(key), value, key));
    return { ...own, entries };
  }
  return own;
}
