import { anyOverlap } from "./character-set.ts";
import type { Positions } from "./positions.ts";

/** Pairs of more positions than these are not looked at. */
const MOST_POSITIONS = 100;

/**
 * Whether a matcher that goes back may try ways whose number doubles with every character: when one string leads
 * from a position back to itself in two ways (A. Weber, H. Seidl, On the degree of ambiguity of finite automata, 1991).
 * Without that their number grows with a power of the length.
 */
export function mayBeExponential({ isDeterministic, isAmbiguous, setOf, sets, follow }: Positions): boolean {
  if (isDeterministic) return false;
  const size = setOf.length;
  if (isAmbiguous || size > MOST_POSITIONS) return true;
  const overlaps = sets.map((one) => sets.map((other) => anyOverlap([one, other])));
  const next = (pair: number): number[] => {
    const pairs: number[] = [];
    for (const one of follow[Math.floor(pair / size)] ?? []) {
      for (const other of follow[pair % size] ?? []) {
        if (overlaps[setOf[one] ?? 0]?.[setOf[other] ?? 0] === true) pairs.push(one * size + other);
      }
    }
    return pairs;
  };
  const isTwin = (pair: number): boolean => Math.floor(pair / size) === pair % size;
  return cyclesOf(size * size, next).some((cycle) => cycle.some(isTwin) && !cycle.every(isTwin));
}

/** Strongly connected components with more than one node (S. R. Kosaraju, M. Sharir), without recursion. */
function cyclesOf(size: number, next: (node: number) => readonly number[]): readonly (readonly number[])[] {
  const edges = Array.from({ length: size }, (_, node) => next(node));
  const back: number[][] = edges.map(() => []);
  edges.forEach((targets, node) => {
    for (const target of targets) back[target]?.push(node);
  });
  const order: number[] = [];
  const seen = new Set<number>();
  for (let node = 0; node < size; node += 1) visit(node, edges, seen, order);
  seen.clear();
  const components: number[][] = [];
  for (const node of order.toReversed()) {
    const component: number[] = [];
    visit(node, back, seen, component);
    if (component.length > 1) components.push(component);
  }
  return components;
}

/** Depth first; a node is written down when all that is behind it has been. */
function visit(
  start: number,
  edges: readonly (readonly number[])[],
  seen: Set<number>,
  finished: number[],
): void {
  if (seen.has(start)) return;
  seen.add(start);
  const path: { readonly node: number; at: number }[] = [{ node: start, at: 0 }];
  for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
    const target = edges[step.node]?.[step.at];
    step.at += 1;
    if (target === undefined) {
      finished.push(step.node);
      path.pop();
    } else if (!seen.has(target)) {
      seen.add(target);
      path.push({ node: target, at: 0 });
    }
  }
}
