import type { Finding, Miss } from "./finding.ts";
import type { Run } from "./run.ts";
import { samplesOfShape } from "./samples/sample.ts";
import { evaluate } from "./schema/evaluate.ts";
import { isSameSchema } from "./schema/same-schema.ts";
import type { SchemaNode } from "./schema/schema-node.ts";
import { isEmpty } from "./shapes/empty.ts";
import { shapesOf } from "./shapes/shapes-of.ts";
import { within } from "./within.ts";

/** No more are told of one place. */
const MAX_FINDINGS = 100;

/** Why not every value that was written under all of `nodes` is valid under `node`; an empty list when it is. */
export function contained(
  nodes: readonly SchemaNode[],
  node: SchemaNode,
  path: string,
  run: Run,
): readonly Finding[] {
  if (node.schema === true || nodes.some((one) => isSameSchema(one, node))) return [];
  const pair = run.nameOf(nodes, node);
  // By induction on the size of values: the smallest one that refuted it would have a smaller one inside that does.
  if (run.assumed.has(pair)) return [];
  const failed = run.failed.get(pair);
  if (failed !== undefined) {
    return failed.findings.map((one) => ({ ...one, path: path + one.path.slice(failed.path.length) }));
  }
  run.assumed.add(pair);
  try {
    const shapes = run.shapesOf(nodes).filter((shape) => !isEmpty(shape));
    const misses = shapes.flatMap((shape) => within(shape, node, { path, seen: [] }, run));
    if (misses.length === 0) return [];
    let samples: readonly unknown[] | undefined;
    const findings = distinct(
      misses.slice(0, MAX_FINDINGS).map((one) =>
        proven(one, node, nodes, () => {
          samples ??= shapes.flatMap((shape) => samplesOfShape(shape, shapesOf([node]), run.shapesOf));
          return samples;
        }),
      ),
    );
    run.failed.set(pair, { path, findings });
    return findings;
  } finally {
    run.assumed.delete(pair);
  }
}

/** The finding, with a value that proves it, where one is found. */
function proven(
  { broken, candidates, inside, ...said }: Miss,
  node: SchemaNode,
  nodes: readonly SchemaNode[],
  samples: () => readonly unknown[],
): Finding {
  const proves = (value: unknown): boolean =>
    evaluate(broken, value) === false &&
    evaluate(node, value) === false &&
    nodes.every((one) => evaluate(one, value) === true);
  for (const value of (candidates ?? samples)()) {
    if (proves(value))
      return { ...said, proof: { value, part: inside === undefined ? value : inside.value } };
  }
  return said;
}

/** One finding for each path, keyword and message; a proven one where there is one. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.path, finding.keyword, finding.message]);
    if (found.get(key)?.proof === undefined) found.set(key, finding);
  }
  return [...found.values()];
}
