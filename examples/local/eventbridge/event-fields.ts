/** A leaf of an event. */
export type Scalar = string | number | boolean | null;

/** Which element of each array on the way to a leaf the leaf stands in: array number → index. */
export type Elements = ReadonlyMap<number, number>;

/** One leaf with the array elements it stands in; a scalar directly in an array counts for every element. */
export interface Field {
  readonly value: Scalar;
  readonly elements: Elements;
}

/** PutEvents refuses what nests deeper (AWS page 'PutEvents', JSON depth). */
export const MAX_EVENT_DEPTH = 1_000;

const NO_ELEMENTS: Elements = new Map();

/**
 * The leaves of an event by their path (`detail.items.sku`), those only that `wanted` names; arrays leave no
 * trace in the path. Undefined when the event is no object or nests deeper than {@link MAX_EVENT_DEPTH}.
 *
 * @param wanted every path of interest with all its beginnings: `detail`, `detail.items`, `detail.items.sku`.
 */
export function eventFields(
  event: unknown,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, readonly Field[]> | undefined {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return undefined;
  const fields = new Map<string, Field[]>();
  let arrays = 0;

  function visit(value: unknown, path: string, elements: Elements, depth: number): boolean {
    if (depth > MAX_EVENT_DEPTH) return false;
    if (Array.isArray(value)) {
      const array = arrays++;
      return value.every((element: unknown, index) => {
        const nests = typeof element === "object" && element !== null;
        return visit(element, path, nests ? new Map(elements).set(array, index) : elements, depth + 1);
      });
    }
    if (typeof value === "object" && value !== null) {
      return Object.entries(value).every(([key, inner]) => {
        const innerPath = depth === 0 ? key : `${path}.${key}`;
        return !wanted.has(innerPath) || visit(inner, innerPath, elements, depth + 1);
      });
    }
    if (isScalar(value)) {
      const found = fields.get(path);
      if (found === undefined) fields.set(path, [{ value, elements }]);
      else found.push({ value, elements });
    }
    return true;
  }

  return visit(event, "", NO_ELEMENTS, 0) ? fields : undefined;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
