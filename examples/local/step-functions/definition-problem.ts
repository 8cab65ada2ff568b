import type { Path } from "./states.ts";

/** One thing that is wrong in a definition, or not served here. */
export interface DefinitionProblem {
  /** Where in the definition: `["States", "Charge", "Resource"]`. */
  readonly path: Path;
  readonly message: string;
}
