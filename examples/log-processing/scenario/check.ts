import type { Item } from "../../local/run/tables.ts";
import type { QueuedMessage } from "../../local/sqs/service.ts";
import type { Uploaded } from "./upload.ts";

/** What a run ended with. */
export interface Ending {
  readonly uploaded: readonly Uploaded[];
  /** `ProcessedLogs` by log_id, `DailyErrors` by day. */
  readonly processed: ReadonlyMap<string, Item>;
  readonly days: ReadonlyMap<string, Item>;
  /** What waits in FailedLogs. */
  readonly failed: readonly QueuedMessage[];
}

const isGood = ({ errors, deleted }: Uploaded): boolean => errors !== undefined && !deleted;

/** Logs that are missing, were counted wrongly, or are there though they are none. */
export function wronglyCounted({ uploaded, processed }: Ending): string[] {
  const byId = new Map(uploaded.map((one) => [one.logId, one]));
  return [
    ...uploaded
      .filter((one) => isGood(one) && !processed.has(one.logId))
      .map(({ logId }) => `${logId} is missing`),
    ...[...processed].flatMap(([logId, item]) => {
      const errors = byId.get(logId)?.errors;
      if (errors === undefined) return [`${logId} is no log that was uploaded whole`];
      const { N: counted } = item["error_count"] ?? {};
      return Number(counted) === errors ? [] : [`${logId}: ${counted} counted for ${errors}`];
    }),
  ];
}

/** Items that are not `{ log_id, timestamp, error_count }`, with a time between the upload and now. */
export function wronglyStored({ uploaded, processed }: Ending, nowMs: number): string[] {
  const sent = new Map(uploaded.map(({ logId, sentMs }) => [logId, sentMs]));
  return [...processed].flatMap(([logId, item]) => {
    const names = Object.keys(item).sort().join();
    const atMs = Date.parse(item["timestamp"]?.S ?? "");
    const isRight =
      names === "error_count,log_id,timestamp" && atMs >= (sent.get(logId) ?? 0) && atMs <= nowMs;
    return isRight ? [] : [`${logId}: ${names} at ${item["timestamp"]?.S}`];
  });
}

/** Days whose totals, kept by ADD, are not what their logs add up to. */
export function wronglyAdded({ uploaded, processed, days }: Ending): string[] {
  const expected = new Map<string, { logs: number; errors: number }>();
  for (const { logId, errors } of uploaded) {
    const time = processed.get(logId)?.["timestamp"]?.S;
    if (errors === undefined || time === undefined) continue;
    const day = time.slice(0, 10);
    const sum = expected.get(day) ?? { logs: 0, errors: 0 };
    expected.set(day, { logs: sum.logs + 1, errors: sum.errors + errors });
  }
  return [...new Set([...expected.keys(), ...days.keys()])].flatMap((day) => {
    const should = expected.get(day) ?? { logs: 0, errors: 0 };
    const logs = Number(days.get(day)?.["logs"]?.N ?? 0);
    const errors = Number(days.get(day)?.["errors"]?.N ?? 0);
    if (logs === should.logs && errors === should.errors) return [];
    return [`${day}: ${logs} counted for ${should.logs} logs, ${errors} errors for ${should.errors}`];
  });
}

/** Damaged logs that are not in FailedLogs exactly once with their reason, and what else is there. */
export function wronglyFailed({ uploaded, failed }: Ending): string[] {
  const poison = uploaded.filter(({ errors }) => errors === undefined).map(({ logId }) => logId);
  const found = failed.map(({ body }) => failureIn(body));
  return [
    ...poison.flatMap((logId) => {
      const of = found.filter((failure) => failure.logId === logId);
      if (of.length !== 1) return [`${logId} is there ${of.length} times`];
      const [failure] = of;
      return failure?.attempts === 3 && failure.message.includes(logId) && failure.type === "CorruptLogError"
        ? []
        : [`${logId}: ${failure?.type} after ${failure?.attempts} attempts: ${failure?.message}`];
    }),
    ...found
      .filter(({ logId }) => !poison.includes(logId))
      .map(({ logId, message }) => `${logId}: ${message}`),
  ];
}

/** What Lambda's record says of a failed notification. */
function failureIn(body: string) {
  const { requestPayload, requestContext, responsePayload } = JSON.parse(body);
  const [{ s3 = {} } = {}] = requestPayload?.Records ?? [];
  const key = decodeURIComponent(String(s3.object?.key).replaceAll("+", " "));
  return {
    logId: `${s3.bucket?.name}/${key}@${s3.object?.versionId}`,
    attempts: Number(requestContext?.approximateInvokeCount),
    type: String(responsePayload?.errorType),
    message: String(responsePayload?.errorMessage),
  };
}
