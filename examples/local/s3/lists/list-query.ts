import { encodeKey } from "../key-text.ts";
import { invalidArgument } from "../s3-error.ts";

/** Every list has at most this many entries a page. */
const LARGEST_PAGE = 1_000;

/** `max-keys`, `max-uploads`, `max-parts`: at most 1,000, whatever more is asked for. @throws S3Error. */
export function pageSize(query: ReadonlyMap<string, string>, name: string): number {
  const text = query.get(name);
  if (text === undefined || text === "") return LARGEST_PAGE;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw invalidArgument(name, text, "Provided value not an integer or not within 0 and 2147483647");
  }
  return Math.min(Number(text), LARGEST_PAGE);
}

/** What every list of keys may be asked for, and how it writes keys. */
export interface KeyListQuery {
  readonly prefix: string;
  /** Empty when there is none. */
  readonly delimiter: string;
  readonly encoding: "url" | undefined;
  /** A key as the list writes it. */
  readonly text: (key: string) => string;
}

/** @throws S3Error InvalidArgument for another encoding. */
export function keyListQuery(query: ReadonlyMap<string, string>): KeyListQuery {
  const encoding = query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url") {
    throw invalidArgument("encoding-type", encoding, "Invalid Encoding Method specified in Request");
  }
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    encoding,
    text: encoding === "url" ? encodeKey : (key) => key,
  };
}
