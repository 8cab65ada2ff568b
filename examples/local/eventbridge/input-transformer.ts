import type { RuleTarget } from "../template/stack.ts";
import { type EventEnvelope, isoSeconds } from "./event.ts";
import { parseTemplate, type TemplatePart } from "./input-template.ts";
import { compileJsonPath, type JsonPath } from "./json-path.ts";

/** What the text for a target is made of. */
export interface TransformSource {
  readonly event: EventEnvelope;
  readonly json: string;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When the event reached the bus; epoch milliseconds. */
  readonly ingestedAtMs: number;
}

/** Makes the text that a target receives. */
export type TargetInput = (source: TransformSource) => string;

/** A target whose Input, InputPath or InputTransformer EventBridge would refuse (ValidationException). */
export class TargetInputError extends Error {
  readonly code = "ValidationException";

  constructor(targetId: string, reason: string) {
    super(`Target ${targetId}: ${reason}`);
    this.name = "TargetInputError";
  }
}

type Variable = (source: TransformSource) => unknown;

const PREDEFINED: Readonly<Record<string, Variable>> = {
  "aws.events.rule-arn": ({ ruleArn }) => ruleArn,
  "aws.events.rule-name": ({ ruleName }) => ruleName,
  "aws.events.event.ingestion-time": ({ ingestedAtMs }) => isoSeconds(ingestedAtMs),
};

/** JSON text that takes the place of a value as it is, and therefore cannot stand inside a string. */
const PREDEFINED_JSON: Readonly<Record<string, TargetInput>> = {
  "aws.events.event": ({ event }) => {
    // Recorded from EventBridge: without the detail, and with detailType in camel case here.
    const { id, account, "detail-type": detailType, time, source, region, resources, version } = event;
    return JSON.stringify({ id, account, detailType, time, source, region, resources, version });
  },
  "aws.events.event.json": ({ json }) => json,
};

/**
 * Compiles what a target asks for: a constant, a part of the event, a template, or the whole event.
 * A path that finds nothing gives `null` (AWS page 'Amazon EventBridge input transformation').
 *
 * @throws TargetInputError when a path, template or placeholder is wrong.
 */
export function compileTargetInput(
  target: Pick<RuleTarget, "id" | "input" | "inputPath" | "inputTransformer">,
): TargetInput {
  const { id, input, inputPath, inputTransformer } = target;
  if ([input, inputPath, inputTransformer].filter((given) => given !== undefined).length > 1) {
    throw new TargetInputError(id, "give only one of Input, InputPath and InputTransformer");
  }
  if (input !== undefined) return constant(id, input);
  if (inputPath !== undefined) {
    const path = checkedPath(id, "InputPath", inputPath);
    return ({ event }) => JSON.stringify(path(event) ?? null);
  }
  return inputTransformer === undefined ? ({ json }) => json : template(id, inputTransformer);
}

function constant(id: string, input: string): TargetInput {
  try {
    JSON.parse(input);
  } catch {
    throw new TargetInputError(id, "Input is not JSON; put quotes round plain text");
  }
  return () => input;
}

function template(id: string, transformer: NonNullable<RuleTarget["inputTransformer"]>): TargetInput {
  const paths = Object.entries(transformer.inputPathsMap);
  if (paths.length > 100)
    throw new TargetInputError(id, `InputPathsMap has ${paths.length} entries; at most 100`);
  const variables = new Map<string, Variable>(Object.entries(PREDEFINED));
  for (const [name, path] of paths) {
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name) || /^aws/i.test(name)) {
      throw new TargetInputError(
        id,
        `InputPathsMap name ${JSON.stringify(name)} is not allowed; use letters, digits, _ and -, not starting with AWS`,
      );
    }
    const find = checkedPath(id, `InputPathsMap.${name}`, path);
    variables.set(name, ({ event }) => find(event));
  }
  const parts = parseTemplate(transformer.inputTemplate);
  if ("wrong" in parts) throw new TargetInputError(id, `InputTemplate: ${parts.wrong}`);
  const rendered = parts.map((part) => compilePart(id, part, variables));
  return (source) => rendered.map((render) => render(source)).join("");
}

function compilePart(id: string, part: TemplatePart, variables: ReadonlyMap<string, Variable>): TargetInput {
  if ("text" in part) return () => part.text;
  const { placeholder, inString } = part;
  const json = Object.hasOwn(PREDEFINED_JSON, placeholder) ? PREDEFINED_JSON[placeholder] : undefined;
  if (json !== undefined) {
    if (!inString) return json;
    throw new TargetInputError(
      id,
      `InputTemplate: <${placeholder}> is JSON; write it without quotes, as a value`,
    );
  }
  const variable = variables.get(placeholder);
  if (variable === undefined) {
    throw new TargetInputError(
      id,
      `InputTemplate contains invalid placeholder ${placeholder}; name it in InputPathsMap`,
    );
  }
  return (source) => (inString ? insideString(variable(source)) : asValue(variable(source)));
}

/** EventBridge puts quotes round a bare string; a variable that found nothing is an empty string. */
const asValue = (value: unknown): string => JSON.stringify(value ?? (value === null ? null : ""));

/** Inside quotes nothing is escaped, and an object loses its own quotes: so does EventBridge. */
function insideString(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
}

function checkedPath(id: string, where: string, path: string): JsonPath {
  const compiled =
    path.length > 256 ? { wrong: "the path is longer than 256 characters" } : compileJsonPath(path);
  if ("wrong" in compiled) throw new TargetInputError(id, `${where}: ${compiled.wrong}`);
  return compiled;
}
