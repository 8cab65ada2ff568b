import { evaluate } from "./intrinsics.ts";
import type { StackIdentity } from "./resources/kind.ts";
import { kindOf, knownTypes } from "./resources/kinds.ts";
import { partName } from "./resources/part-name.ts";
import type { Parts } from "./resources/parts.ts";
import type { TemplateScope } from "./scope.ts";
import type { Declaration } from "./sections.ts";
import { placeWithin, type Syntax } from "./syntax.ts";

/** Each property with its intrinsic functions evaluated, and with it who refers to whom. */
export function evaluateProperties(resource: Declaration, scope: TemplateScope): Syntax {
  const { logicalId, properties, place } = resource;
  if (properties.kind !== "map") {
    if (properties.kind !== "unknown") {
      scope.problems.report(properties.place, "expected a map of properties");
    }
    return { kind: "unknown", place };
  }
  const live = scope.exists(resource);
  for (const dependency of resource.dependsOn) {
    scope.dependsOn(dependency.logicalId, dependency.place, { owner: logicalId, live });
  }
  const separate = kindOf(resource.type)?.separate ?? {};
  const entries = new Map<string, Syntax>();
  for (const [name, node] of properties.entries) {
    const order = Object.hasOwn(separate, name) ? separate[name] : undefined;
    const owner = order === undefined ? logicalId : partName(logicalId, order);
    const value = evaluate(node, scope, { owner, live });
    if (value.kind !== "absent") entries.set(name, value);
  }
  return { kind: "map", entries, place: properties.place };
}

/** What there is of a resource, whose properties are evaluated, to run. Nothing of one whose condition does not hold. */
export function buildResource(
  resource: Declaration,
  properties: Syntax,
  scope: TemplateScope,
  stack: StackIdentity,
  templateFolder: string,
): Partial<Parts> {
  const { logicalId, type, place, metadata } = resource;
  const kind = kindOf(type);
  if (kind === undefined) {
    scope.problems.report(place, `${type} is not served by this cloud; known are ${knownTypes().join(", ")}`);
    return {};
  }
  const values = scope.returnValues(resource);
  if (values === undefined) return {};
  const parts = kind.build({
    ...values,
    logicalId,
    stack,
    place,
    properties,
    metadata,
    templateFolder,
    problems: scope.problems,
    at: (...path) => placeWithin(properties, ...path),
  });
  return scope.exists(resource) ? parts : {};
}
