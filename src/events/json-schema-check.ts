import type { StandardSchema } from "../batching/decoding/standard-schema.ts";
import type { InferSchema } from "./infer-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { checkSchemaForm } from "./schema-form.ts";
import type { Validate } from "./validator/validate.ts";

/**
 * A JSON Schema (draft-07, 2019-09 or 2020-12, the default) as a Standard Schema, whose type is inferred: for bodies that are no events of
 * EventBridge.
 *
 * It is compiled once, by ajv, at the first check, which loads ajv.
 *
 * @throws InvalidOptionError when the schema is not usable; at the first check also HoldfastError `PEER_MISSING` without ajv.
 * @example
 * ```ts
 * const order = jsonSchema({ type: "object", properties: { orderId: { type: "string" } }, required: ["orderId"] });
 * sqsBatch(async ({ orderId }, call) => cancelOrder(orderId, call), { body: json(order) });
 * ```
 */
export function jsonSchema<const S extends JsonSchema>(schema: S): StandardSchema<InferSchema<S>> {
  const where = "jsonSchema";
  checkSchemaForm(where, schema);
  let compiled: Promise<Validate> | undefined;
  return {
    "~standard": {
      version: 1,
      vendor: "holdfast",
      async validate(value) {
        compiled ??= import("./validator/compiled-here.ts").then(({ compiledHere }) =>
          compiledHere(where, schema),
        );
        const problems = (await compiled)(value);
        // The schema has just said that it is of this type.
        if (problems.length === 0) return { value: value as InferSchema<S> };
        return { issues: problems.map(({ path, message }) => ({ message, path: path.split("/").slice(1) })) };
      },
    },
  };
}
