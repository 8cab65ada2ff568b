import { type Problem, pointer, problem } from "./check-result.ts";

/** The one member of a detail that is ours; a schema describes the detail without it. */
export const META = "_meta";

/** What travels under `_meta`, in every event that the publisher sends. */
export interface Meta {
  readonly id: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly version: number;
}

/** Ids become keys of tables (a DynamoDB sort key has 1,024 bytes) and lines in logs. */
const LONGEST_ID = 256;

/** What is wrong with an id, sent or received; undefined when nothing is. */
export function idProblem(name: keyof Meta, value: unknown): Problem | undefined {
  if (typeof value === "string" && value.length > 0 && value.length <= LONGEST_ID) return undefined;
  return problem(pointer(`/${META}`, name), "id", `must be a string of 1 to ${LONGEST_ID} characters`);
}

/** What is wrong with a received `_meta`. Members that are not known yet are left alone. */
export function metaProblems(value: unknown): readonly Problem[] {
  if (typeof value !== "object" || value === null) {
    return [problem(`/${META}`, "type", "must be object")];
  }
  const meta: Partial<Record<keyof Meta, unknown>> = value;
  const found = [idProblem("id", meta.id), idProblem("correlationId", meta.correlationId)];
  if (meta.causationId !== undefined) found.push(idProblem("causationId", meta.causationId));
  if (!Number.isSafeInteger(meta.version)) {
    found.push(problem(`/${META}/version`, "type", "must be integer"));
  }
  return found.filter((one) => one !== undefined);
}
