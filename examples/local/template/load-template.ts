/**
 * Reads a SAM template and says what it comes to: every reference resolved, every default filled in, everything
 * that is wrong with it told at once. Nothing is started.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { buildResource, evaluateProperties } from "./build-resource.ts";
import { checkAll } from "./checks/all.ts";
import { attachBucketEvents } from "./checks/bucket-events.ts";
import type { CheckedTemplate } from "./checks/checked-template.ts";
import { dependencies } from "./checks/circles.ts";
import { attachRoutes } from "./checks/http-routes.ts";
import { attachAliases } from "./checks/key-aliases.ts";
import { readOutputs } from "./outputs.ts";
import { readParameters } from "./parameters.ts";
import { collectProblems, type Problems, TemplateError } from "./problems.ts";
import type { StackIdentity } from "./resources/kind.ts";
import { joinParts, stackLists } from "./resources/parts.ts";
import { makeScope, type TemplateScope } from "./scope.ts";
import { type Declaration, readSections } from "./sections.ts";
import type { Place, Stack } from "./stack.ts";
import { parseTemplate, placeWithin, type Syntax } from "./syntax.ts";

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

  const resources = [...sections.resources.values()];
  const evaluated = new Map<string, Syntax>();
  const built = resources.map((resource) => {
    const properties = evaluateProperties(resource, scope);
    evaluated.set(resource.logicalId, properties);
    return buildResource(resource, properties, scope, stack, dirname(file));
  });
  const parts = attachBucketEvents(joinParts(built));
  const outputs = readOutputs(sections.outputs, scope);
  const types = typesByArn(resources, scope);
  const template: CheckedTemplate = {
    parts,
    stack,
    problems,
    speed: options.speed ?? 1,
    written: scope.references(),
    waits: dependencies(parts, resources, scope.references()),
    typeOf: (arn) => types.get(arn),
    at: (logicalId, ...path) => {
      const properties = evaluated.get(logicalId);
      return properties === undefined ? top : placeWithin(properties, ...path);
    },
  };
  const httpApis = attachRoutes(template);
  const keys = attachAliases(template);
  checkAll(template);

  const found = problems.found();
  if (found.length > 0) throw new TemplateError(found);
  return {
    name: stack.stackName,
    file,
    region: stack.region,
    accountId: stack.accountId,
    ...stackLists(parts),
    httpApis,
    keys,
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

/** The type behind each ARN and each name of the template, also of a resource that could not be read. */
function typesByArn(resources: readonly Declaration[], scope: TemplateScope): ReadonlyMap<string, string> {
  return new Map(
    resources.flatMap((resource): readonly [string, string][] => {
      const values = scope.exists(resource) ? scope.returnValues(resource) : undefined;
      if (values === undefined) return [];
      return [
        [values.arn, resource.type],
        [values.ref, resource.type],
      ];
    }),
  );
}
