import { pick, type SchemaNode } from "./schema/schema-node.ts";

/** One reason why not all that is valid under one schema is valid under another. */
export interface Finding {
  /** Where in the value, as a JSON pointer; "*" stands for any item, or any property that no schema names. */
  readonly path: string;
  /** The keyword of the schema that refuses. */
  readonly keyword: string;
  readonly message: string;
  /** Undefined where it could neither be proven nor refuted: "cannot tell". */
  readonly proof?: Proof | undefined;
}

export interface Proof {
  /** A value that one schema accepts and the other refuses. */
  readonly value: unknown;
  /** What of it stands at the finding's path. */
  readonly part: unknown;
}

/** A finding that is not proven yet, seen from one place in the value. */
export interface Miss extends Omit<Finding, "proof"> {
  /** The part of the schema that a value must break to prove it. */
  readonly broken: SchemaNode;
  /** Whole values at that place that may prove it; undefined for whichever are valid. */
  readonly candidates?: (() => readonly unknown[]) | undefined;
  /** What of them stands at the path, where that is further inside. */
  readonly inside?: { readonly value: unknown } | undefined;
}

/** Keywords that say what they say only together. */
const PARTNERS: Readonly<Record<string, readonly string[]>> = {
  type: ["type", "nullable"],
  if: ["if", "then", "else"],
  items: ["items", "prefixItems"],
  additionalItems: ["items", "additionalItems"],
  contains: ["contains", "minContains", "maxContains"],
  additionalProperties: ["properties", "patternProperties", "additionalProperties"],
};

/** A keyword of a schema with those that it is read with, as a schema. */
export function part(node: SchemaNode, keyword: string): SchemaNode {
  return pick(node, PARTNERS[keyword] ?? [keyword]) ?? node;
}

export interface Place {
  readonly path: string;
  /** The targets of references that led here without going into the value. */
  readonly seen: readonly unknown[];
}

/** What a keyword of a schema refuses. */
export function miss(
  node: SchemaNode,
  path: string,
  keyword: string,
  message: string,
  candidates?: () => readonly unknown[],
): Miss {
  return { path, keyword, message, broken: part(node, keyword), candidates };
}

/** A finding further inside, seen from outside; `lift` puts a value round what proves it. */
export function lifted(
  node: SchemaNode,
  keyword: string,
  { proof, ...said }: Finding,
  lift: (value: unknown) => readonly unknown[],
): Miss {
  return {
    ...said,
    broken: part(node, keyword),
    candidates: () => (proof === undefined ? [] : lift(proof.value)),
    inside: proof === undefined ? undefined : { value: proof.part },
  };
}
