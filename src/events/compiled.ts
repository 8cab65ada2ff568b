import { HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import {
  type DetailOf,
  definitionOf,
  type EventDefinition,
  type EventDefinitionOptions,
  type EventSchema,
  placeOf,
} from "./definition.ts";
import type { JsonSchema } from "./json-schema.ts";
import { type AnyStandardSchema, isAnyStandardSchema, standardProblems } from "./standard-schema-check.ts";
import { fingerprint } from "./validator/fingerprint.ts";
import {
  type CompiledValidator,
  type CompiledValidators,
  VALIDATOR_FORMAT,
  validatorKey,
} from "./validator/format.ts";
import { validateWith } from "./validator/validate.ts";

export type { CompiledValidators } from "./validator/format.ts";
export type { EventDefinition, EventDefinitionOptions };

export interface CompiledEventOptions<S extends JsonSchema> extends EventDefinitionOptions<S> {
  /** The default export of the file that `holdfast compile-events` has written for this module. */
  readonly validators: CompiledValidators;
}

/**
 * Defines an event whose validator was compiled when the program was built, by `holdfast compile-events`: ajv is neither
 * loaded nor bundled, and nothing is compiled.
 *
 * Otherwise as `defineEvent` of `holdfast/events`. A schema that has changed since is refused here, when the module is loaded.
 *
 * @throws InvalidOptionError for a wrong option; HoldfastError `EVENT_VALIDATOR_STALE` when the file has no validator of this
 * event, another schema's, or one for another version of holdfast.
 * @example
 * ```ts
 * import { defineEvent } from "holdfast/events/compiled";
 * // import validators from "./compiled/events.mjs";
 *
 * export const noted = defineEvent({
 *   source: "order.service", type: "Noted", version: 1, schema: { type: "object", required: ["text"] }, validators,
 * });
 * ```
 */
export function defineEvent<const S extends AnyStandardSchema>(
  options: EventDefinitionOptions<S>,
): EventDefinition<DetailOf<S>>;
export function defineEvent<const S extends JsonSchema>(
  options: CompiledEventOptions<S>,
): EventDefinition<DetailOf<S>>;
export function defineEvent(
  options: EventDefinitionOptions<EventSchema> & { readonly validators?: CompiledValidators },
): EventDefinition<unknown> {
  checkRequiredOptions("defineEvent", options, [
    "source",
    "type",
    "version",
    "schema",
    "limits",
    "validators",
  ]);
  const { schema, validators } = options;
  if (isAnyStandardSchema(schema)) {
    return definitionOf(options, () => (value) => standardProblems(schema, value));
  }
  const where = placeOf(options);
  const definition = definitionOf(options, () => validateWith(found, schema));
  const found = validatorOf(where, options, validators);
  return definition;
}

function validatorOf(
  where: string,
  options: EventDefinitionOptions<EventSchema>,
  compiled: CompiledValidators | undefined,
): CompiledValidator {
  if (typeof compiled !== "object" || compiled === null || typeof compiled.format !== "number") {
    throw new InvalidOptionError(
      where,
      "validators must be the default export of the file that holdfast compile-events has written",
    );
  }
  if (compiled.format !== VALIDATOR_FORMAT) throw stale(where, "are for another version of holdfast");
  const key = validatorKey(options);
  // The compiler itself loads the module, before there is a file.
  if (compiled.validators === undefined) return { schema: "", patterns: {}, make: notCompiled };
  const validator = Object.hasOwn(compiled.validators, key) ? compiled.validators[key] : undefined;
  if (validator === undefined) throw stale(where, "have none for this event and version");
  if (validator.schema !== fingerprint(JSON.stringify(options.schema))) {
    throw stale(where, "were compiled from another schema");
  }
  return validator;
}

function notCompiled(): never {
  throw new HoldfastError(
    "EVENT_VALIDATOR_STALE",
    "This module was loaded to be compiled: nothing can be checked.",
  );
}

function stale(where: string, what: string): HoldfastError {
  return new HoldfastError(
    "EVENT_VALIDATOR_STALE",
    `${where}: its validators ${what}. Run holdfast compile-events again, before the build`,
  );
}
