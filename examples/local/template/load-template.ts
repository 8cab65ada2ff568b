/**
 * Reads a SAM template and says what it comes to: every reference resolved, every default filled in, everything
 * that is wrong with it told at once. Nothing is started.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { checkAsyncInvoke } from "./checks/async-invoke.ts";
import { attachBucketEvents, checkBucketEvents } from "./checks/bucket-events.ts";
import { checkNotifications } from "./checks/bucket-notifications.ts";
import type { CheckedTemplate } from "./checks/checked-template.ts";
import { checkCircles, dependencies } from "./checks/circles.ts";
import { attachRoutes } from "./checks/http-routes.ts";
import { checkLeases } from "./checks/lease.ts";
import { checkNames } from "./checks/names.ts";
import { checkMappings, checkRedrive } from "./checks/queues.ts";
import { checkRules } from "./checks/rules.ts";
import { evaluate } from "./intrinsics.ts";
import { readOutputs } from "./outputs.ts";
import { readParameters } from "./parameters.ts";
import { collectProblems, type Problems, TemplateError } from "./problems.ts";
import { joinParts, type Parts, type StackIdentity } from "./resources/kind.ts";
import { kindOf, knownTypes } from "./resources/kinds.ts";
import { partName } from "./resources/part-name.ts";
import { makeScope, type TemplateScope } from "./scope.ts";
import { type Declaration, readSections } from "./sections.ts";
import type { Place, Stack } from "./stack.ts";
import { type MapSyntax, parseTemplate, placeWithin, type Syntax } from "./syntax.ts";

export interface LoadOptions {
  /** The stack's name, which names and ARNs are made of. */
  readonly name: string;
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** Twelve digits. Default: `000000000000`. */
  readonly accountId?: string;
  /** Values for the template's parameters; each that is left out has its Default. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Where SQS answers, without a slash at the end: queue URLs begin with it. */
  readonly sqsEndpoint: string;
  /** How many times faster than on AWS the waits between deliveries pass. Default: 1. */
  readonly speed?: number;
}

/** @throws TemplateError with everything that is wrong, each problem with its line. */
export function loadTemplate(file: string, options: LoadOptions): Stack {
  const problems = collectProblems();
  const top: Place = { file, line: 1, path: "" };
  const stack: StackIdentity = {
    stackName: options.name,
    region: options.region ?? "us-east-1",
    accountId: options.accountId ?? "000000000000",
    partition: "aws",
    urlSuffix: "amazonaws.com",
    sqsEndpoint: options.sqsEndpoint,
  };
  checkOptions(stack, options.speed ?? 1, top, problems);

  const text = readSource(file, top, problems);
  const sections = readSections(parseTemplate(text, file, problems), problems);
  const parameters = readParameters(sections.parameters, options.parameters ?? {}, top, problems);
  const scope = makeScope(sections, parameters, stack, problems);
  for (const [name, node] of sections.conditions) scope.condition(name, node.place);

  const evaluated = new Map<string, Syntax>();
  const built = [...sections.resources.values()].map((resource) => {
    const properties = evaluateProperties(resource, scope);
    evaluated.set(resource.logicalId, properties);
    return build(resource, properties, scope, stack, dirname(file));
  });
  const parts = attachBucketEvents(joinParts(built));
  const outputs = readOutputs(sections.outputs, scope);

  const typeByArn = new Map(
    [...sections.resources.values()].flatMap((resource): [string, string][] => {
      const values = scope.exists(resource) ? scope.returnValues(resource) : undefined;
      return values === undefined
        ? []
        : [
            [values.arn, resource.type],
            [values.ref, resource.type],
          ];
    }),
  );
  const template: CheckedTemplate = {
    parts,
    stack,
    problems,
    speed: options.speed ?? 1,
    typeOf: (arn) => typeByArn.get(arn),
    at: (logicalId, ...path) => {
      const properties = evaluated.get(logicalId);
      return properties === undefined ? top : placeWithin(properties, ...path);
    },
  };
  const httpApis = attachRoutes(template);
  checkNames(template);
  checkRedrive(template);
  checkMappings(template);
  checkRules(template);
  checkAsyncInvoke(template);
  checkLeases(template);
  const references = dependencies(template, [...sections.resources.values()], scope.references());
  checkBucketEvents(template, scope.references());
  checkNotifications(template, references);
  checkCircles(template, references);

  const found = problems.found();
  if (found.length > 0) throw new TemplateError(found);
  // What only the checks needed is left behind.
  const {
    routes,
    bucketEvents,
    queuePolicies,
    topicPolicies,
    permissions,
    keyPolicies,
    keyAliases,
    encrypted,
    ...lists
  } = parts;
  return {
    name: stack.stackName,
    file,
    region: stack.region,
    accountId: stack.accountId,
    ...lists,
    httpApis,
    outputs,
  };
}

function checkOptions(stack: StackIdentity, speed: number, top: Place, problems: Problems): void {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stack.stackName)) {
    problems.report(top, `"${stack.stackName}" is no stack name; use letters, digits and -, a letter first`);
  }
  if (!/^\d{12}$/.test(stack.accountId)) {
    problems.report(top, `"${stack.accountId}" is no account id; write twelve digits`);
  }
  if (!Number.isFinite(speed) || speed < 1) {
    problems.report(top, `a speed of ${speed} is not served; give 1 or more`);
  }
}

function readSource(file: string, top: Place, problems: Problems): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TemplateError([
      ...problems.found(),
      { place: top, message: `cannot be read: ${why}; correct the path` },
    ]);
  }
}

/** Each property with its intrinsic functions evaluated, and with it who refers to whom. */
function evaluateProperties(resource: Declaration, scope: TemplateScope): Syntax {
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
  const evaluated: MapSyntax = { kind: "map", entries, place: properties.place };
  return evaluated;
}

function build(
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
