import { SERVICE_NAMES } from "../services.ts";
import { type FaultPlan, type Moment, REQUEST_FATES } from "./plan.ts";

/** A plan that cannot be followed, in sentences that say where. */
export class FaultPlanError extends Error {
  constructor(problems: readonly string[]) {
    super(`this fault plan cannot be followed:\n  ${problems.join("\n  ")}`);
    this.name = "FaultPlanError";
  }
}

type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === "string" && value !== "" ? undefined : "expected a name");
const share: Check = (value) =>
  typeof value === "number" && value >= 0 && value <= 1 ? undefined : "expected a number from 0 to 1";
const finite: Check = (value) => (Number.isFinite(value) ? undefined : "expected a number");
/** A timer of Node.js that is set for longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1;
const ms: Check = (value) =>
  typeof value === "number" && value >= 0 && value <= LONGEST_MS
    ? undefined
    : `expected milliseconds from 0 to ${LONGEST_MS}`;
const errorStatus: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 400 && Number(value) <= 599
    ? undefined
    : "expected a status from 400 to 599";
const seconds: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : "expected whole seconds";
const count: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 1 ? undefined : "expected a whole number, 1 or more";
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    words.some((word) => word === value) ? undefined : `expected one of ${words.join(", ")}`;

interface Shape {
  readonly required: Readonly<Record<string, Check>>;
  readonly optional: Readonly<Record<string, Check>>;
}

const drawn = { chance: share, nth: count };

const SHAPES: Readonly<Record<keyof FaultPlan, Shape>> = {
  requests: {
    required: { do: oneOf(REQUEST_FATES), service: oneOf(SERVICE_NAMES) },
    optional: { ...drawn, operation: text, path: text, delayMs: ms },
  },
  entries: { required: { code: text }, optional: drawn },
  invocations: {
    required: { do: oneOf(["kill", "freeze"]), function: text, at: moment },
    optional: { ...drawn, forMs: ms, attempts: count },
  },
  deliveries: { required: { do: oneOf(["duplicate", "reorder"]), function: text }, optional: drawn },
  environments: { required: { do: oneOf(["skew-clock"]), function: text, byMs: finite }, optional: drawn },
  thirdParties: {
    required: { do: oneOf(["slow", "fail", "dead", "lose-reply"]), name: text },
    optional: {
      ...drawn,
      delayMs: ms,
      status: errorStatus,
      retryAfterS: seconds,
      times: count,
      fromMs: ms,
      untilMs: ms,
    },
  },
};

/** Fields without which a fault would do nothing. */
const NEEDED: readonly (readonly [what: string, field: string])[] = [
  ["delay-reply", "delayMs"],
  ["freeze", "forMs"],
  ["slow", "delayMs"],
];

/**
 * Reads a plan that a person wrote, or that a failed run printed: JSON.
 *
 * @throws FaultPlanError naming everything in it that is unknown or wrong, so that no fault is left out in silence.
 */
export function readFaultPlan(json: string): FaultPlan {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new FaultPlanError([`it is no JSON (${error instanceof Error ? error.message : String(error)})`]);
  }
  const problems = isObject(value)
    ? Object.entries(value).flatMap(([list, faults]) => listProblems(list, faults))
    : ["expected an object of lists"];
  if (problems.length > 0) throw new FaultPlanError(problems);
  // Every list and field has been checked against the shapes above, which say the same as the types.
  return value as FaultPlan;
}

function listProblems(list: string, faults: unknown): string[] {
  if (!isList(list)) return [`${list}: there is no such list; there are ${Object.keys(SHAPES).join(", ")}`];
  if (!Array.isArray(faults)) return [`${list}: expected a list`];
  return faults.flatMap((fault, index) => faultProblems(SHAPES[list], fault, `${list}[${index}]`));
}

function faultProblems({ required, optional }: Shape, fault: unknown, at: string): string[] {
  if (!isObject(fault)) return [`${at}: expected an object`];
  const known: Readonly<Record<string, Check>> = { ...required, ...optional };
  const unknown = Object.keys(fault)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => `${at}.${name}: there is no such field; there are ${Object.keys(known).join(", ")}`);
  const missing = Object.keys(required)
    .filter((name) => !Object.hasOwn(fault, name))
    .map((name) => `${at}.${name}: is missing`);
  const wrong = Object.entries(fault).flatMap(([name, value]) => {
    const problem = Object.hasOwn(known, name) ? known[name]?.(value) : undefined;
    return problem === undefined ? [] : [`${at}.${name}: ${problem}, not ${JSON.stringify(value)}`];
  });
  const lacking = NEEDED.filter(([what, field]) => fault["do"] === what && fault[field] === undefined).map(
    ([what, field]) => `${at}.${field}: "${what}" needs it`,
  );
  const strange =
    fault["do"] === "fail-in-body" && fault["service"] !== "s3"
      ? [`${at}.do: only s3 answers 200 with an error in its body`]
      : [];
  return [...unknown, ...missing, ...wrong, ...lacking, ...strange];
}

function moment(value: unknown): string | undefined {
  const expected =
    'expected "before-answer", {"afterMs":n}, {"withinMs":n}, {"atAwait":n} or {"withinAwaits":n} with a number of 0 or more (awaits: 1)';
  if (value === "before-answer") return undefined;
  if (!isObject(value) || Object.keys(value).length !== 1) return expected;
  const checks: Readonly<Record<string, Check>> = {
    afterMs: ms,
    withinMs: ms,
    atAwait: count,
    withinAwaits: count,
  } satisfies Record<KeysOf<Exclude<Moment, string>>, Check>;
  return Object.entries(value).every(
    ([name, n]) => Object.hasOwn(checks, name) && checks[name]?.(n) === undefined,
  )
    ? undefined
    : expected;
}

type KeysOf<T> = T extends unknown ? keyof T : never;

function isList(name: string): name is keyof FaultPlan {
  return Object.hasOwn(SHAPES, name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
