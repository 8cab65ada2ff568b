import { rootNode } from "../schema/schema-node.ts";
import { validSamples } from "./sample.ts";

/**
 * A value that is valid under a schema, the same whenever it is asked for: its own `examples` first; else all members, each
 * by its examples, its default, or the simplest value.
 *
 * Undefined where the schema has no value, or none that is found.
 */
export function exampleOf(schema: unknown): unknown {
  return validSamples([rootNode(schema)])[0];
}
