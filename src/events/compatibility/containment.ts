import { contained } from "./contained.ts";
import type { Finding } from "./finding.ts";
import { newRun, type Words } from "./run.ts";
import { equalJson } from "./schema/json-value.ts";
import { rootNode } from "./schema/schema-node.ts";

export interface ContainmentOptions {
  /**
   * Whether objects are taken to hold, beside the properties that their schema names, whatever else it allows. Default: false:
   * where it names properties and says nothing of others, none are written.
   */
  readonly strict?: boolean;
  /** The two schemas in a sentence. */
  readonly words?: Words;
}

/**
 * Why not every value that is written under one schema is valid under another; an empty list when it is.
 *
 * A finding with a proof is certain. One without could neither be proven nor refuted, and counts as one.
 */
export function containment(
  writer: unknown,
  reader: unknown,
  options: ContainmentOptions = {},
): readonly Finding[] {
  // Whatever it is that it says, and is not understood here.
  if (equalJson(writer, reader)) return [];
  const { strict = false, words = { writer: "the writer", reader: "the reader" } } = options;
  return contained([rootNode(writer)], rootNode(reader), "", newRun(contained, words, strict));
}
