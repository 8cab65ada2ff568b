import { containment } from "./containment.ts";
import type { Finding } from "./finding.ts";
import { equalJson } from "./schema/json-value.ts";
import { isSameSchema } from "./schema/same-schema.ts";
import { rootNode } from "./schema/schema-node.ts";

/**
 * What a change of a schema must keep. "backward": who has the new schema can read what was written under the old one.
 * "forward": who has the old schema can read what is written under the new one. "full": both.
 */
export type CompatibilityMode = "backward" | "forward" | "full";

export const MODES: readonly CompatibilityMode[] = ["backward", "forward", "full"];

/** A reason, and which way it breaks. */
export interface DirectedFinding extends Finding {
  readonly breaks: "backward" | "forward";
}

export interface SchemaChange {
  /** Whether the schemas differ in more than their annotations. */
  readonly isChanged: boolean;
  /** Why the change breaks what it must keep; empty where it keeps it. */
  readonly findings: readonly DirectedFinding[];
}

export interface CompatibilityOptions {
  readonly mode: CompatibilityMode;
  /** Whether publishers are taken to send properties that their schema allows only by saying nothing of them. Default: false. */
  readonly strict?: boolean;
}

/** Compares two schemas of one event. */
export function compareSchemas(before: unknown, after: unknown, options: CompatibilityOptions): SchemaChange {
  const { mode, strict = false } = options;
  if (equalJson(before, after) || isSameSchema(rootNode(before), rootNode(after)))
    return { isChanged: false, findings: [] };
  const backward = mode === "forward" ? [] : containment(before, after, { strict, words: BACKWARD });
  const forward = mode === "backward" ? [] : containment(after, before, { strict, words: FORWARD });
  return {
    isChanged: true,
    findings: [
      ...backward.map((one) => ({ ...one, breaks: "backward" as const })),
      ...forward.map((one) => ({ ...one, breaks: "forward" as const })),
    ],
  };
}

const BACKWARD = { writer: "the old one", reader: "the new schema" };
const FORWARD = { writer: "the new one", reader: "the old schema" };
