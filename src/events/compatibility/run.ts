import type { Finding, Miss, Place } from "./finding.ts";
import { ANYTHING, NOTHING, type SchemaNode } from "./schema/schema-node.ts";
import { namesOf, patternsOf } from "./shapes/members.ts";
import type { ObjectShape, PropertyGroup, Shape } from "./shapes/shape.ts";
import { shapesOf } from "./shapes/shapes-of.ts";

/** One comparison under way. */
export interface Run {
  /** Why not every value that was written under all of `nodes` is valid under `node`; an empty list when it is. */
  readonly contained: Contained;
  /** What may have been written under schemas. */
  readonly shapesOf: (nodes: readonly SchemaNode[]) => readonly Shape[];
  /** The two schemas in a sentence. */
  readonly words: Words;
  /** Pairs of schemas that hold if they hold of every smaller value: what refers to itself is compared once. */
  readonly assumed: Set<string>;
  /** Pairs that do not hold, with the path where that was found. */
  readonly failed: Map<string, { readonly path: string; readonly findings: readonly Finding[] }>;
  readonly nameOf: (nodes: readonly SchemaNode[], node: SchemaNode) => string;
  /** How many comparisons this one is for the sake of. */
  readonly depth: number;
  /** False when this has gone on for too long. */
  readonly spend: () => boolean;
}

export type Contained = (
  nodes: readonly SchemaNode[],
  node: SchemaNode,
  path: string,
  run: Run,
) => readonly Finding[];

/** A run that also compares a shape with a further schema of the same value. */
export interface InPlaceRun extends Run {
  readonly within: (shape: Shape, node: SchemaNode, place: Place, run: Run) => readonly Miss[];
}

export interface Words {
  readonly writer: string;
  readonly reader: string;
}

/** A comparison ends here, undecided; one of ordinary schemas takes some hundred steps. */
const MAX_STEPS = 20_000;

export function newRun(contained: Contained, words: Words, isStrict: boolean): Run {
  let steps = 0;
  return {
    contained,
    shapesOf: isStrict ? shapesOf : (nodes) => asWritten(shapesOf(nodes)),
    words,
    assumed: new Set(),
    failed: new Map(),
    depth: 0,
    nameOf: namesOfPairs(),
    spend() {
      steps += 1;
      return steps <= MAX_STEPS;
    },
  };
}

/**
 * A comparison of what two schemas refuse, for the sake of another comparison: of the same value, so that nothing that is assumed
 * of smaller ones helps it, and it helps nothing.
 */
export function beside(run: Run): Run {
  return { ...run, shapesOf, assumed: new Set(), failed: new Map(), depth: run.depth + 1 };
}

/** Schemas are known by their place in memory: one object may stand in both documents, and refer to different things there. */
function namesOfPairs(): Run["nameOf"] {
  const documents = new Map<unknown, Map<unknown, number>>();
  let last = 0;
  const idOf = ({ schema, document }: SchemaNode): number => {
    const ids = documents.get(document) ?? new Map<unknown, number>();
    documents.set(document, ids);
    const id = ids.get(schema) ?? ++last;
    ids.set(schema, id);
    return id;
  };
  return (nodes, node) => {
    const writers = nodes.map(idOf).sort((a, b) => a - b);
    return `${writers.join()}<${idOf(node)}`;
  };
}

/**
 * Objects as those write them who keep to what their schema names: where it names properties, and says nothing of others,
 * there are no others. A name that one alternative spells out may come in all.
 */
function asWritten(shapes: readonly Shape[]): readonly Shape[] {
  const objects = shapes.filter((shape) => shape.type === "object");
  const all = objects.flatMap(({ groups, required }) => [...namesOf(groups), ...required]);
  return shapes.map((shape) => (shape.type === "object" ? closed(shape, all) : shape));
}

function closed(shape: ObjectShape, names: readonly string[]): ObjectShape {
  const patterns = patternsOf(shape.groups);
  const isFree = names.length === 0 && patterns.length === 0;
  if (isFree || !shape.groups.every(({ isSilent }) => isSilent)) return shape;
  const group: PropertyGroup = {
    properties: new Map(names.map((name) => [name, ANYTHING])),
    patterns: new Map(patterns.map((pattern) => [pattern, ANYTHING])),
    additional: NOTHING,
    isSilent: false,
  };
  return { ...shape, groups: [...shape.groups, group] };
}
