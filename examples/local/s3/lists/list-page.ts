/** One page of a list, whose items and common prefixes count alike. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page goes on, when there is one: behind this item, or behind all that has this prefix. */
  readonly next: { readonly after: Item } | { readonly afterPrefix: string } | undefined;
}

/**
 * Cuts a page out of entries that are already in order: those with the prefix, from where `start` says; keys that
 * hold the delimiter behind the prefix are rolled up into one common prefix each.
 */
export function listPage<Item extends { readonly key: string }>(
  entries: Iterable<Item>,
  query: {
    readonly prefix: string;
    readonly delimiter: string;
    readonly max: number;
    /** Whether an entry lies behind the previous page's last item (or the marker of the caller's choice). */
    readonly isAfter: (entry: Item) => boolean;
    /** A common prefix that an earlier page has ended with. */
    readonly afterPrefix?: string;
  },
): ListPage<Item> {
  const items: Item[] = [];
  const commonPrefixes: string[] = [];
  let last: ListPage<Item>["next"];
  for (const entry of entries) {
    if (!entry.key.startsWith(query.prefix) || !query.isAfter(entry)) continue;
    const common = commonPrefix(entry.key, query.prefix, query.delimiter);
    if (query.afterPrefix !== undefined && entry.key.startsWith(query.afterPrefix)) continue;
    if (common !== undefined && common === commonPrefixes.at(-1)) continue;
    if (items.length + commonPrefixes.length >= query.max) {
      // A page of none is not truncated: there would be no end of such pages.
      return { items, commonPrefixes, next: last };
    }
    if (common === undefined) {
      items.push(entry);
      last = { after: entry };
    } else {
      commonPrefixes.push(common);
      last = { afterPrefix: common };
    }
  }
  return { items, commonPrefixes, next: undefined };
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}
