import { S3Error } from "../s3-error.ts";

/** Bytes from `first` to `last`, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What a Range header asks of an object of `size` bytes; undefined means all of it: no header, another unit, a list
 * of ranges (S3 serves one per request) or something that is no range, all of which RFC 9110 section 14.2 lets a
 * server ignore.
 *
 * @throws S3Error InvalidRange (416) when no byte of the object is in it.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    if (length === 0) throw invalidRange(header ?? "", size);
    return { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return undefined;
  if (first >= size) throw invalidRange(header ?? "", size);
  return { first, last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}

/** The range of a copied part: `bytes=first-last`, wholly within the source. @throws S3Error InvalidArgument. */
export function copySourceRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { first: 0, last: size - 1 };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last)) {
    throw new S3Error(
      "InvalidArgument",
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    );
  }
  if (Number(last) >= size) {
    throw new S3Error("InvalidArgument", `Range specified is not valid for source object of size: ${size}`);
  }
  return { first: Number(first), last: Number(last) };
}

const invalidRange = (header: string, size: number): S3Error =>
  new S3Error("InvalidRange", "The requested range is not satisfiable", {
    fields: { RangeRequested: header, ActualObjectSize: String(size) },
    headers: { "content-range": `bytes */${size}` },
  });
