/** Items in lanes: which come first, and which comes after which. */
export interface Lanes {
  /** The first item of every lane, in input order. */
  readonly heads: readonly number[];
  /** The item after this one in its lane, or undefined when it is the last. */
  after(index: number): number | undefined;
}

/** Sorts `count` items into lanes by their key, in input order. An item without a key has a lane of its own. */
export function lanesOf(count: number, keyOf: (index: number) => string | undefined): Lanes {
  const heads: number[] = [];
  const next = new Map<number, number>();
  const lastOf = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const key = keyOf(index);
    const last = key === undefined ? undefined : lastOf.get(key);
    if (last === undefined) heads.push(index);
    else next.set(last, index);
    if (key !== undefined) lastOf.set(key, index);
  }
  return { heads, after: (index) => next.get(index) };
}
