/** What the names of one template mean, and which resource refers to which. */
import { evaluateCondition } from "./conditions.ts";
import { type Asker, evaluate, type Scope } from "./intrinsics.ts";
import type { Problems } from "./problems.ts";
import type { ReturnValues, StackIdentity } from "./resources/kind.ts";
import { kindOf } from "./resources/kinds.ts";
import type { Declaration, Sections } from "./sections.ts";
import type { Place } from "./stack.ts";
import { type Syntax, scalar } from "./syntax.ts";

export interface Reference {
  readonly from: string;
  readonly to: string;
  readonly place: Place;
}

export interface TemplateScope extends Scope {
  /** True when the resource's condition holds, or it has none. */
  exists(resource: Declaration): boolean;
  returnValues(resource: Declaration): ReturnValues | undefined;
  /** A DependsOn: the resource must be there, and be made first. */
  dependsOn(logicalId: string, place: Place, asker: Asker): void;
  /** Every reference from one resource to another met so far, in the branches that were chosen. */
  references(): readonly Reference[];
}

export function makeScope(
  sections: Sections,
  parameters: ReadonlyMap<string, Syntax>,
  stack: StackIdentity,
  problems: Problems,
): TemplateScope {
  const references: Reference[] = [];
  const returned = new Map<string, ReturnValues | undefined>();
  const naming = new Set<string>();
  const conditions = new Map<string, boolean | undefined>();
  const deciding = new Set<string>();

  const pseudo: Readonly<Record<string, string | undefined>> = {
    "AWS::AccountId": stack.accountId,
    "AWS::Partition": stack.partition,
    "AWS::Region": stack.region,
    "AWS::StackId": `arn:${stack.partition}:cloudformation:${stack.region}:${stack.accountId}:stack/${stack.stackName}/local`,
    "AWS::StackName": stack.stackName,
    "AWS::URLSuffix": stack.urlSuffix,
  };

  const scope: TemplateScope = {
    problems,
    ref(name, place, asker) {
      if (name === "AWS::NoValue") return { kind: "absent", place };
      const text = Object.hasOwn(pseudo, name) ? pseudo[name] : undefined;
      if (text !== undefined) return scalar(text, place);
      const parameter = parameters.get(name);
      if (parameter !== undefined) return { ...parameter, place };
      const resource = find(name, place, asker, "is neither a parameter nor a resource");
      const ref = resource === undefined ? undefined : scope.returnValues(resource)?.ref;
      return ref === undefined ? { kind: "unknown", place } : scalar(ref, place);
    },
    attribute(logicalId, attribute, place, asker) {
      const resource = find(logicalId, place, asker, "is no resource");
      const values = resource === undefined ? undefined : scope.returnValues(resource);
      if (resource === undefined || values === undefined) return { kind: "unknown", place };
      if (Object.hasOwn(values.attributes, attribute)) {
        return scalar(values.attributes[attribute] ?? "", place);
      }
      const known = Object.keys(values.attributes).join(", ") || "none";
      problems.report(place, `${resource.type} has no attribute ${attribute} here; known are ${known}`);
      return { kind: "unknown", place };
    },
    mapped(map, top, second, place) {
      const found = entry(entry(sections.mappings.get(map), top), second);
      if (found !== undefined) return { ...found, place };
      problems.report(place, `Mappings has no ${map}.${top}.${second}; add it, or correct the keys`);
      return { kind: "unknown", place };
    },
    condition(name, place) {
      const node = sections.conditions.get(name);
      if (node === undefined) {
        const known = [...sections.conditions.keys()].join(", ") || "none";
        problems.report(place, `${name} is no condition; known are ${known}`);
        return undefined;
      }
      if (conditions.has(name)) return conditions.get(name);
      if (deciding.has(name)) {
        problems.report(place, `the condition ${name} depends on itself; break the circle`);
        return undefined;
      }
      deciding.add(name);
      const holds = evaluateCondition(node, scope);
      conditions.set(name, holds);
      return holds;
    },
    exists({ condition }) {
      return condition === undefined || scope.condition(condition.name, condition.place) !== false;
    },
    returnValues(resource) {
      const { logicalId } = resource;
      if (returned.has(logicalId)) return returned.get(logicalId);
      const kind = kindOf(resource.type);
      // A name that is made of itself is told as a circle of references.
      if (kind === undefined || naming.has(logicalId)) return undefined;
      naming.add(logicalId);
      let known = true;
      const textOf = (property: string) => {
        const node = entry(resource.properties, property);
        if (node === undefined) return undefined;
        const value = evaluate(node, scope, { owner: logicalId, live: scope.exists(resource) });
        if (value.kind === "unknown") known = false;
        return value.kind === "scalar" ? value.text : undefined;
      };
      const values = kind.returns({
        logicalId,
        stack,
        text: textOf,
        name: (property) => textOf(property) ?? `${stack.stackName}-${logicalId}`,
      });
      returned.set(logicalId, known ? values : undefined);
      return known ? values : undefined;
    },
    dependsOn: (logicalId, place, asker) => void find(logicalId, place, asker, "is no resource"),
    references: () => references,
  };
  return scope;

  function find(logicalId: string, place: Place, asker: Asker, otherwise: string): Declaration | undefined {
    const resource = sections.resources.get(logicalId);
    if (resource === undefined) {
      problems.report(place, `${logicalId} ${otherwise} of this template; declare it, or correct the name`);
      return undefined;
    }
    if (!asker.live) return resource;
    if (asker.owner !== "") references.push({ from: asker.owner, to: logicalId, place });
    if (scope.exists(resource)) return resource;
    problems.report(
      place,
      `${logicalId} is not made, because its condition ${resource.condition?.name} does not hold; use it within Fn::If`,
    );
    return undefined;
  }
}

function entry(node: Syntax | undefined, key: string): Syntax | undefined {
  return node?.kind === "map" ? node.entries.get(key) : undefined;
}
