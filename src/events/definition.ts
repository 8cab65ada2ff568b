import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { type CheckResult, pointer, problem } from "./check-result.ts";
import type { InferSchema } from "./infer-schema.ts";
import { checkedLimits, type EventLimits, jsonForm } from "./json-form.ts";
import type { JsonSchema } from "./json-schema.ts";
import { META } from "./meta.ts";
import type { AnyStandardSchema } from "./standard-schema-check.ts";
import type { Validate } from "./validator/validate.ts";

/** What goes with a detail. Everything may be left out. */
export interface OutgoingMeta {
  /**
   * The event's identity, the same however often it is sent; consumers deduplicate by it. Default: a new one per
   * `publish`. Where the publishing function may run again, derive it from the business key: `order-placed/${orderId}`.
   */
  readonly id?: string | undefined;
  /** What all events of one business process share. Default: the event's own id, which begins one. */
  readonly correlationId?: string | undefined;
  /** The id of the event that this one follows from. */
  readonly causationId?: string | undefined;
  /** When it happened. Default: the time of the `publish`. EventBridge keeps whole seconds. */
  readonly time?: Date | undefined;
  /** ARNs of what the event is about; EventBridge's rules can match on them. */
  readonly resources?: readonly string[] | undefined;
}

/** An event ready to be published: made by `definition.of`. */
export interface OutgoingEvent<T = unknown> {
  readonly definition: EventDefinition<T>;
  readonly detail: T;
  readonly meta: OutgoingMeta;
}

/** What says which details are right. */
export type EventSchema = JsonSchema | AnyStandardSchema;

/**
 * The type of the details that a schema accepts: of the JSON, before a Standard Schema makes something else of it.
 */
export type DetailOf<S> = S extends AnyStandardSchema
  ? NonNullable<S["~standard"]["types"]>["input"]
  : InferSchema<S>;

/** One kind of event: what publishers promise and consumers rely on. */
export interface EventDefinition<T> {
  readonly source: string;
  readonly type: string;
  readonly version: number;
  readonly schema: EventSchema;
  /** An event of this kind. Nothing is checked before it is published. */
  of(detail: T, meta?: OutgoingMeta): OutgoingEvent<T>;
  /**
   * Judges a detail as the JSON that it becomes when sent; `value` is that JSON.
   *
   * @throws InvalidOptionError when the schema is not usable; HoldfastError `PEER_MISSING` without ajv, where it is needed.
   */
  check(value: unknown): Promise<CheckResult<T>>;
}

/** The type of the details of a definition: `EventDetail<typeof orderPlaced>`. */
export type EventDetail<D> = D extends EventDefinition<infer T> ? T : never;

export interface EventDefinitionOptions<S extends EventSchema> {
  /** Who publishes it: "order.service". At most 256 characters, not beginning with "aws.". */
  readonly source: string;
  /** What happened: "OrderPlaced". EventBridge's detail-type, at most 128 characters. */
  readonly type: string;
  /** Counts up when the schema changes so that consumers must change: 1, 2, … */
  readonly version: number;
  /**
   * JSON Schema of the detail, which is an object: draft-07, 2019-09 or 2020-12 (the default). Or a schema of a library
   * that follows Standard Schema 1 (Zod, Valibot, ArkType), which judges the JSON and changes nothing.
   */
  readonly schema: S;
  readonly limits?: EventLimits;
}

/** Where a definition's errors say that they are. */
export function placeOf({ source, type }: EventDefinitionOptions<EventSchema>): string {
  return `defineEvent(${String(source)}, ${String(type)})`;
}

/** Puts a definition together; `validator` is asked for once, when something is first checked. */
export function definitionOf<S extends EventSchema>(
  options: EventDefinitionOptions<S>,
  validator: () => AsyncValidate | Promise<AsyncValidate>,
): EventDefinition<DetailOf<S>> {
  const { source, type, version, schema } = options;
  const where = placeOf(options);
  checkName(where, "source", source, 256);
  if (source.startsWith("aws.")) throw new InvalidOptionError(where, 'source must not begin with "aws."');
  checkName(where, "type", type, 128);
  checkNumber(where, "version", version, { min: 1, integer: true });
  const limits = checkedLimits(where, options.limits);

  let starting: AsyncValidate | Promise<AsyncValidate> | undefined;
  let validate: AsyncValidate | undefined;
  async function check(value: unknown): Promise<CheckResult<DetailOf<S>>> {
    const form = jsonForm(value, limits);
    if (!form.ok) return form;
    const refused = refuseShape(form.value);
    if (refused !== undefined) return refused;
    starting ??= validator();
    validate ??= await starting;
    const found = validate(form.value);
    const problems = "then" in found ? await found : found;
    // The schema has just said that it is of this type.
    return problems.length > 0 ? { ok: false, problems } : { ok: true, value: form.value as DetailOf<S> };
  }

  const definition: EventDefinition<DetailOf<S>> = {
    source,
    type,
    version,
    schema,
    of: (detail, meta = {}) => ({ definition, detail, meta }),
    check,
  };
  return definition;
}

/** A validator that may take its time: a Standard Schema's can be asynchronous. */
export type AsyncValidate = (value: unknown) => ReturnType<Validate> | Promise<ReturnType<Validate>>;

function refuseShape(value: unknown): CheckResult<never> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, problems: [problem("", "type", "must be object")] };
  }
  if (!Object.hasOwn(value, META)) return undefined;
  const message = `must not be there: ${META} is reserved for the event's id and correlation`;
  return { ok: false, problems: [problem(pointer("", META), "reserved", message)] };
}

function checkName(where: string, option: string, value: unknown, longest: number): void {
  if (typeof value !== "string" || value.length === 0 || value.length > longest) {
    throw new InvalidOptionError(where, `${option} must be a string of 1 to ${longest} characters`);
  }
}
