import { invalidArgument } from "./s3-error.ts";

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

/** A part's number, 1 to 10,000. @throws S3Error InvalidArgument. */
export function partNumber(text: string | undefined): number {
  if (text !== undefined && /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 10_000) {
    return Number(text);
  }
  throw invalidArgument(
    "partNumber",
    text ?? "",
    "Part number must be an integer between 1 and 10000, inclusive",
  );
}

/** How a list writes keys: as they are, or URL-encoded. @throws S3Error for another encoding. */
export function encodingType(query: ReadonlyMap<string, string>): "url" | undefined {
  const type = query.get("encoding-type");
  if (type === undefined || type === "url") return type;
  throw invalidArgument("encoding-type", type, "Invalid Encoding Method specified in Request");
}
