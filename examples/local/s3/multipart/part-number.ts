import { invalidArgument } from "../s3-error.ts";

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
