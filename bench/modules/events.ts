/** What it costs to define an event and to judge it, beside ajv. */
import type { Row } from "../row.ts";
import { checkRows } from "./events/check.ts";
import { coldRows } from "./events/cold.ts";
import { compileDefinition } from "./events/compile-definition.ts";

export async function rows(): Promise<readonly Row[]> {
  compileDefinition();
  return [...(await coldRows()), ...(await checkRows())];
}
