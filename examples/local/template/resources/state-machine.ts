/** State machines, as SAM and as CloudFormation write them. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { inspectDefinition } from "../../step-functions/inspect.ts";
import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, jsonObject, mapOf, oneOf, text } from "../shapes.ts";
import type { Place } from "../stack.ts";
import { readEvents } from "./events/read-events.ts";
import { functionPolicies } from "./function-policies.ts";
import { arn, type Naming, type ResourceContext, type ReturnValues, resourceKind } from "./kind.ts";
import { joinParts, type Parts } from "./parts.ts";
import { tagList, tagMap } from "./tags.ts";

type Definition = Readonly<Record<string, unknown>>;

const machineName = text({
  pattern: /^[A-Za-z0-9_-]{1,80}$/,
  hint: "use letters, digits, - and _, at most 80 characters",
});

/** Source: SAM 'AWS::Serverless::StateMachine'. */
export const serverlessStateMachine = resourceKind({
  type: "AWS::Serverless::StateMachine",
  properties: object(
    {
      Name: optional(machineName),
      Type: optional(oneOf("STANDARD", "EXPRESS")),
      Definition: optional(jsonObject()),
      DefinitionUri: optional(text()),
      DefinitionSubstitutions: optional(mapOf(text())),
      Role: optional(text()),
      Events: optional(anything()),
      Policies: deployOnly(functionPolicies),
      Logging: deployOnly(anything()),
      Tracing: deployOnly(anything()),
      Tags: deployOnly(tagMap),
      PermissionsBoundary: deployOnly(text()),
    },
    { name: "AWS::Serverless::StateMachine" },
  ),
  separate: { Policies: "before", Events: "after" },
  returns: (naming) => machineReturns(naming, "Name"),
  build(properties, context) {
    const { Definition, DefinitionUri, DefinitionSubstitutions, Role, Type } = properties;
    const { partition, accountId } = context.stack;
    const madeRole = (purpose: string): string =>
      `arn:${partition}:iam::${accountId}:role/${context.name}-${purpose}`;
    const own = stateMachine(context, {
      type: Type ?? "STANDARD",
      // SAM makes a role when none is named.
      roleArn: Role ?? madeRole("Role"),
      written: { Definition, DefinitionUri },
      substitutions: DefinitionSubstitutions ?? {},
    });
    return joinParts([
      own,
      readEvents(context, { kind: "state machine", ruleRoleArn: madeRole("EventsRole") }),
    ]);
  },
});

/** Source: CloudFormation 'AWS::StepFunctions::StateMachine'. A definition in a bucket is not served. */
export const stepFunctionsStateMachine = resourceKind({
  type: "AWS::StepFunctions::StateMachine",
  properties: object(
    {
      StateMachineName: optional(machineName),
      StateMachineType: optional(oneOf("STANDARD", "EXPRESS")),
      Definition: optional(jsonObject()),
      DefinitionString: optional(jsonObject()),
      DefinitionSubstitutions: optional(mapOf(text())),
      RoleArn: required(text()),
      LoggingConfiguration: deployOnly(anything()),
      TracingConfiguration: deployOnly(anything()),
      EncryptionConfiguration: deployOnly(anything()),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::StepFunctions::StateMachine" },
  ),
  returns: (naming) => machineReturns(naming, "StateMachineName"),
  build(properties, context) {
    const { Definition, DefinitionString, DefinitionSubstitutions, RoleArn, StateMachineType } = properties;
    return stateMachine(context, {
      type: StateMachineType ?? "STANDARD",
      roleArn: RoleArn,
      written: { Definition, DefinitionString },
      substitutions: DefinitionSubstitutions ?? {},
    });
  },
});

function machineReturns(naming: Naming, property: string): ReturnValues {
  const name = naming.name(property);
  const machineArn = arn(naming.stack, "states", `stateMachine:${name}`);
  return { name, arn: machineArn, ref: machineArn, attributes: { Arn: machineArn, Name: name } };
}

function stateMachine(
  context: ResourceContext,
  about: {
    readonly type: "STANDARD" | "EXPRESS";
    readonly roleArn: string;
    readonly written: Readonly<Record<string, Definition | string | undefined>>;
    readonly substitutions: Readonly<Record<string, string>>;
  },
): Partial<Parts> {
  const { logicalId, name, arn: machineArn, place, problems } = context;
  const given = Object.entries(about.written).flatMap(([property, value]) =>
    value === undefined ? [] : [{ property, value }],
  );
  const names = Object.keys(about.written);
  const written = context.properties.kind === "map" ? context.properties.entries : new Map();
  // What could not be read is a problem of its own.
  if (given.length === 0 && names.some((each) => written.has(each))) return {};
  const [first] = given;
  if (first === undefined || given.length > 1) {
    problems.report(place, `write exactly one of ${names.join(" or ")}`);
    return {};
  }
  const { property, value } = first;
  const raw = typeof value === "string" ? readDefinition(value, context) : value;
  if (raw === undefined) return {};
  const definition = substituted(raw, about.substitutions, (missing) =>
    problems.report(
      context.at(property),
      `\${${missing}} has no value; add ${missing} to DefinitionSubstitutions`,
    ),
  );
  for (const { path, message } of inspectDefinition(definition)) {
    // A definition in a file has its own lines, which are told by the state's path.
    const at: Place = context.at(property, ...path);
    problems.report(at, path.length === 0 ? message : `${path.join(".")}: ${message}`);
  }
  const { type, roleArn } = about;
  return { stateMachines: [{ logicalId, name, arn: machineArn, place, type, roleArn, definition }] };
}

function readDefinition(uri: string, context: ResourceContext): Definition | undefined {
  const file = resolve(context.templateFolder, uri);
  try {
    // JSON is YAML as well.
    const value: unknown = parse(readFileSync(file, "utf8"));
    if (isObject(value)) return value;
    context.problems.report(context.at("DefinitionUri"), `${uri} holds no state machine; write an object`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.problems.report(context.at("DefinitionUri"), `${uri} cannot be read: ${why}`);
  }
  return undefined;
}

/** Each `${Name}` in a text of the definition by its value. */
function substituted(
  definition: Definition,
  values: Readonly<Record<string, string>>,
  missing: (name: string) => void,
): Definition {
  const visit = (value: unknown): unknown => {
    if (typeof value === "string") {
      return value.replace(/\$\{([A-Za-z0-9_]+)\}/g, (whole, name: string) => {
        if (Object.hasOwn(values, name)) return values[name] ?? whole;
        missing(name);
        return whole;
      });
    }
    if (Array.isArray(value)) return value.map(visit);
    return isObject(value) ? visitObject(value) : value;
  };
  const visitObject = (value: Definition): Definition =>
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  return visitObject(definition);
}

function isObject(value: unknown): value is Definition {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
