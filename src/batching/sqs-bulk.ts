import type { Call } from "../core/call.ts";
import { checkNumber } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { checkOptions } from "../core/options.ts";
import type { BulkResult } from "./bulk-result.ts";
import { type Decoder, json } from "./decoding/decoder.ts";
import { eachFailure } from "./engine/item-failures.ts";
import { receiveBatch } from "./engine/received-batch.ts";
import { checkDecoder, checkFunction, DEFAULT_MARGIN_MS, enteredBatch } from "./options.ts";
import { runBulk } from "./run-bulk.ts";
import { sqs } from "./sources/sqs.ts";
import type { SqsBatchResponse, SqsEvent } from "./sources/sqs-event.ts";

export interface SqsBulkOptions<T> {
  /** How to read a message's body. Default: `json()`. */
  readonly body?: Decoder<T>;
  /**
   * Milliseconds before the call's deadline at which the function's own call is over. Half of it later the batch
   * answers, with or without the function. Default: 200.
   */
  readonly marginMs?: number;
}

/**
 * Turns a function of many inputs into one of an SQS event: it is called once, with all that could be decoded, and
 * answers with one result for each input, in their order.
 *
 * Made for a bulk sender's `send`.
 *
 * What it does not report as `ok` stays in the queue; when it throws, or answers with another number of results, all
 * of it does. Of a FIFO queue's group nothing is passed on after a body that cannot be decoded, and
 * everything after a failure comes again.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs, for an event that is not of SQS.
 * @example
 * ```ts
 * const table = bulkSender(dynamoDBBatchWriter({ transport, tableName: "Orders", key: ["orderId"] }));
 * const storeOrders = sqsBulk((orders: readonly Order[], call) => table.send(orders.map(itemOf), call));
 * export const handler = wrapHandler(storeOrders, logged());
 * ```
 */
export function sqsBulk<T>(
  fn: Fn<readonly T[], readonly BulkResult[], Call>,
  options: SqsBulkOptions<T> = {},
): Fn<SqsEvent, SqsBatchResponse, Call> {
  checkOptions("sqsBulk", options, ["body", "marginMs"]);
  const { body = json<T>(), marginMs = DEFAULT_MARGIN_MS } = options;
  checkFunction("sqsBulk", fn);
  checkDecoder("sqsBulk", "body", body);
  checkNumber("sqsBulk", "marginMs", marginMs, { min: 0 });
  return async function sqsBulkFn(event, given) {
    const call = enteredBatch("sqsBulk", given);
    const batch = receiveBatch(sqs, event);
    return eachFailure(batch, await runBulk(batch, body, fn, call, marginMs));
  };
}
