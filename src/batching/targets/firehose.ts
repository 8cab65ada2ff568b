import type { AwsTransport } from "../../aws/transport.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { BulkTarget } from "../sender/bulk-target.ts";
import { checkName, checkTransport } from "./checks.ts";
import { outcomesByPlace } from "./outcomes.ts";

export type { AwsTransport } from "../../aws/transport.ts";

/** An entry of PutRecordBatch as the AWS client takes it. Firehose puts nothing between records: end each with a newline. */
export interface FirehoseRecord {
  readonly Data: Uint8Array;
}

export interface FirehoseTargetOptions {
  /** `clientTransport(new FirehoseClient({}), { PutRecordBatch: PutRecordBatchCommand })` of `holdfast/aws/client`. */
  readonly transport: AwsTransport;
  readonly deliveryStreamName: string;
}

/** Source: Amazon Data Firehose API Reference, "PutRecordBatch" (500 records, 4 MiB) and "Record" (1,000 KiB before base64). */
const MAX_RECORDS = 500;
const MAX_BYTES = 4 * 1_048_576;
const MAX_RECORD_BYTES = 1_024_000;

/**
 * Firehose's PutRecordBatch as a bulk sender's target.
 *
 * Firehose keeps no order. At least once: a record whose answer was lost is put again, and Firehose does not know that it
 * is the same.
 *
 * @example
 * ```ts
 * const archive = firehoseTarget({ transport, deliveryStreamName: "orders-to-s3" });
 * await bulkSender(archive).send([{ Data: Buffer.from(`${JSON.stringify(order)}\n`) }], call);
 * ```
 */
export function firehoseTarget(options: FirehoseTargetOptions): BulkTarget<FirehoseRecord> {
  checkRequiredOptions("firehoseTarget", options, ["transport", "deliveryStreamName"]);
  const { transport, deliveryStreamName } = options;
  checkTransport(
    "firehoseTarget",
    transport,
    "clientTransport(client, { PutRecordBatch: PutRecordBatchCommand })",
  );
  checkName("firehoseTarget", "deliveryStreamName", deliveryStreamName);
  const name = `Firehose stream ${deliveryStreamName}`;

  return {
    name,
    maxEntries: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    maxEntryBytes: MAX_RECORD_BYTES,
    sizeOf: ({ Data }) => Data.byteLength,
    async send(Records, call) {
      const input = { DeliveryStreamName: deliveryStreamName, Records };
      const answer = await transport.call("PutRecordBatch", input, call);
      return outcomesByPlace(name, answer["RequestResponses"], "RecordId");
    },
  };
}
