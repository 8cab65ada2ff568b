import type { Call } from "../../core/call.ts";
import type { Fn } from "../../core/fn.ts";
import { type ItemDecoder, unmarshalled } from "../decoding/unmarshalled.ts";
import { type DynamoDBChange, readChange } from "../dynamodb-stream-batch.ts";
import { checkDecoder, checkedLimits } from "../options.ts";
import { dynamoDBStream } from "../sources/dynamodb-stream.ts";
import type { DynamoDBStreamRecord } from "../sources/dynamodb-stream-event.ts";
import { checkFunctions } from "./tumbling-window.ts";
import type { DynamoDBWindowEvent, WindowResponse } from "./window-event.ts";
import { type WindowOptions, windowFn } from "./window-fn.ts";

export interface DynamoTumblingWindowOptions<T, S>
  extends WindowOptions<DynamoDBChange<T>, S, DynamoDBStreamRecord> {
  /** How to read the images. Default: `unmarshalled()`. */
  readonly item?: ItemDecoder<T>;
}

/**
 * `tumblingWindow` over the changes of a DynamoDB table.
 *
 * @example
 * ```ts
 * const ordersPerMinute = dynamoTumblingWindow({
 *   initial: () => ({ orders: 0 }),
 *   add: (state, { kind }) => ({ orders: state.orders + (kind === "INSERT" ? 1 : 0) }),
 *   close: ({ orders }, window, call) => saveClicks(window.id, orders, call),
 * });
 * ```
 */
export function dynamoTumblingWindow<S, T = Readonly<Record<string, unknown>>>(
  options: DynamoTumblingWindowOptions<T, S>,
): Fn<DynamoDBWindowEvent, WindowResponse, Call> {
  const where = "dynamoTumblingWindow";
  const limits = checkedLimits(where, options?.close, options, {
    known: ["initial", "add", "close", "item"],
  });
  const { item = unmarshalled<T>(), initial, add } = options;
  checkDecoder(where, "item", item, "decodeItem");
  checkFunctions(where, { initial, add });
  const read = (record: DynamoDBStreamRecord) => readChange(record, item);
  return windowFn({ where, source: dynamoDBStream, read, limits, options });
}
