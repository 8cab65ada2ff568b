/** The names of an object's members in order, and what stands for them in the text: themselves, or their number. */
export interface MemberOrder {
  readonly names: readonly string[];
  readonly head: readonly string[] | number;
}

/** The orders that were met in a list, whose objects are mostly alike: names are written once, and numbered. */
export class MemberOrders {
  readonly #numbers = new Map<string, number>();
  /** By the first name, the latest order that began with it: a guess, which counts only if all names are the same. */
  readonly #latest = new Map<string | undefined, MemberOrder & { readonly given: readonly string[] }>();

  of(given: readonly string[]): MemberOrder {
    const latest = this.#latest.get(given[0]);
    if (latest !== undefined && isSame(latest.given, given)) return latest;
    const names = sorted([...given]);
    const text = JSON.stringify(names);
    const known = this.#numbers.get(text);
    const order = { given, names, head: known ?? this.#numbers.size };
    this.#latest.set(given[0], order);
    if (known !== undefined) return order;
    this.#numbers.set(text, order.head);
    return { names, head: names };
  }
}

function isSame(these: readonly string[], those: readonly string[]): boolean {
  const { length } = these;
  if (length !== those.length) return false;
  for (let i = 0; i < length; i++) if (these[i] !== those[i]) return false;
  return true;
}

/** So few are sorted faster by insertion than by a call into V8. */
const FEW = 16;

/** Sorts by UTF-16 code units (RFC 8785, section 3.2.3), in place. */
export function sorted(names: string[]): readonly string[] {
  if (names.length > FEW) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let at = i;
    for (; at > 0 && (names[at - 1] as string) > name; at--) names[at] = names[at - 1] as string;
    names[at] = name;
  }
  return names;
}
