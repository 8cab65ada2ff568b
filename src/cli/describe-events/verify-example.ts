import { hasCode } from "../../core/errors.ts";
import type { CataloguedEvent } from "../../events/catalogue/catalogued-event.ts";
import { isDefinition, nameOf } from "../../events/catalogue/described-event.ts";
import type { CheckResult } from "../../events/check-result.ts";

/**
 * Whether the event's own definition refuses the example: a schema of another kind may ask for more than its JSON Schema
 * says. Without ajv nobody can be asked.
 */
export async function refusedByDefinition(
  event: CataloguedEvent,
  exported: readonly unknown[],
): Promise<boolean> {
  const definition = exported.filter(isDefinition).find((one) => nameOf(one) === nameOf(event));
  if (definition === undefined || event.example === undefined) return event.example === undefined;
  try {
    const check = definition.check as (value: unknown) => Promise<CheckResult<unknown>>;
    return !(await check(event.example)).ok;
  } catch (error) {
    if (hasCode(error, "PEER_MISSING")) return false;
    throw error;
  }
}
