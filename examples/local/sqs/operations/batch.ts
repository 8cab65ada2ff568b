import type { JsonBody } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import { objectList, optionalText } from "../request-body.ts";

const MAX_ENTRIES = 10;

/**
 * The entries of a batch.
 *
 * @throws RequestError when the batch as a whole is refused. Source: SQS API Reference, 'SendMessageBatch'.
 */
export function readEntries(body: JsonBody): readonly JsonBody[] {
  const entries = objectList(body, "Entries");
  if (entries.length === 0) {
    throw new RequestError("EmptyBatchRequest", "There should be at least one entry in the batch request.");
  }
  if (entries.length > MAX_ENTRIES) {
    throw new RequestError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map((entry) => optionalText(entry, "Id") ?? "");
  if (!ids.every((id) => /^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw new RequestError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined) throw new RequestError("BatchEntryIdsNotDistinct", `Id ${twice} repeated.`);
  return entries;
}

/** What becomes of each entry: what `serve` gives, or why it refused. */
export function eachEntry(
  entries: readonly JsonBody[],
  serve: (entry: JsonBody) => object,
): { readonly Successful: readonly object[]; readonly Failed: readonly object[] } {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const { Id } = entry;
    try {
      Successful.push({ Id, ...serve(entry) });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}
