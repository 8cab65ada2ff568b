import { checkRequiredOptions } from "../core/options.ts";
import {
  type DetailOf,
  definitionOf,
  type EventDefinition,
  type EventDefinitionOptions,
  type EventSchema,
  placeOf,
} from "./definition.ts";
import { checkSchemaForm } from "./schema-form.ts";
import { isAnyStandardSchema, standardProblems } from "./standard-schema-check.ts";

/**
 * Defines an event once, for those who publish it and those who take it.
 *
 * The detail's type is inferred from the schema. A JSON Schema is compiled once, by ajv, at the first check: some 60 ms of a
 * cold start, which `defineEvent` of `holdfast/events/compiled` does not take. A Standard Schema is asked as it is.
 *
 * @throws InvalidOptionError for a wrong option, and for a schema that refers to another document.
 * @example
 * ```ts
 * export const orderPlaced = defineEvent({
 *   source: "order.service", type: "OrderPlaced", version: 1,
 *   schema: { type: "object", properties: { orderId: { type: "string" } }, required: ["orderId"] },
 * });
 * ```
 */
export function defineEvent<const S extends EventSchema>(
  options: EventDefinitionOptions<S>,
): EventDefinition<DetailOf<S>> {
  checkRequiredOptions("defineEvent", options, ["source", "type", "version", "schema", "limits"]);
  const { schema }: { readonly schema: EventSchema } = options;
  if (isAnyStandardSchema(schema)) {
    return definitionOf(options, () => (value) => standardProblems(schema, value));
  }
  const where = placeOf(options);
  const definition = definitionOf(options, async () => {
    const { compiledHere } = await import("./validator/compiled-here.ts");
    return compiledHere(where, schema);
  });
  checkSchemaForm(where, schema);
  return definition;
}
