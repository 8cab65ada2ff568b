import { type ListPage, listPage } from "./list-page.ts";

/** A page of a list that a key marker, and a marker within the key, carry from page to page. */
export interface MarkerPage<Item> extends Pick<ListPage<Item>, "items" | "commonPrefixes"> {
  readonly isTruncated: boolean;
  readonly nextKeyMarker: string | undefined;
  /** The page's last item, whose id is the other marker; undefined where the page ends with a common prefix. */
  readonly nextAfter: Item | undefined;
}

/** Versions and uploads are listed so. A key marker that is a common prefix means that all beneath it was listed. */
export function markerPage<Item extends { readonly key: string }>(
  entries: Iterable<Item>,
  query: {
    readonly prefix: string;
    readonly delimiter: string;
    readonly keyMarker: string;
    readonly max: number;
    readonly isAfter: (entry: Item) => boolean;
  },
): MarkerPage<Item> {
  const { delimiter, keyMarker } = query;
  const afterPrefix = delimiter !== "" && keyMarker.endsWith(delimiter) ? { afterPrefix: keyMarker } : {};
  const { items, commonPrefixes, next } = listPage(entries, { ...query, ...afterPrefix });
  const nextAfter = next !== undefined && "after" in next ? next.after : undefined;
  const nextPrefix = next !== undefined && "afterPrefix" in next ? next.afterPrefix : undefined;
  return {
    items,
    commonPrefixes,
    isTruncated: next !== undefined,
    nextKeyMarker: nextAfter?.key ?? nextPrefix,
    nextAfter,
  };
}
