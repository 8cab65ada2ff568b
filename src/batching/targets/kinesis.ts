import type { AwsTransport } from "../../aws/transport.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { BulkTarget } from "../sender/bulk-target.ts";
import { checkName, checkTransport } from "./checks.ts";
import { entryInvalid } from "./entry-refused.ts";
import { outcomesByPlace } from "./outcomes.ts";

export type { AwsTransport } from "../../aws/transport.ts";

/** An entry of PutRecords as the AWS client takes it. */
export interface KinesisRecord {
  readonly Data: Uint8Array;
  /** 1 to 256 characters. */
  readonly PartitionKey: string;
  /** A whole number below 2^128, in digits. */
  readonly ExplicitHashKey?: string;
}

export interface KinesisTargetOptions {
  /** `clientTransport(new KinesisClient({}), { PutRecords: PutRecordsCommand })` of `holdfast/aws/client`. */
  readonly transport: AwsTransport;
  readonly streamName: string;
  /**
   * Whether the records of a partition key keep their order: then one of them is under way at a time. With `"none"` they
   * share requests, which is many times as fast for few keys, and may change places when one of them fails. Default:
   * `"partition-key"`.
   */
  readonly order?: "partition-key" | "none";
  /** Bytes of one record, its partition key included: the stream's MaxRecordSizeInKiB, up to 10 MiB. Default: 1,048,576. */
  readonly maxRecordBytes?: number;
}

/** Source: Amazon Kinesis Data Streams API Reference, "PutRecords": 500 records, 10 MiB, partition keys included. */
const MAX_RECORDS = 500;
const MAX_BYTES = 10 * 1_048_576;
const DEFAULT_RECORD_BYTES = 1_048_576;
const LONGEST_KEY = 256;
/** Source: the same, "PutRecordsRequestEntry": this form, and of 128 bits. */
const HASH_KEY = /^(0|[1-9]\d{0,38})$/;
const HASH_KEYS: bigint = 2n ** 128n;

/**
 * Kinesis's PutRecords as a bulk sender's target.
 *
 * PutRecords promises no order of the records of a request, and goes on after one that has failed; so by default records of
 * one partition key go one after the other. At least once: a record whose answer was lost is put again, under another
 * sequence number, and Kinesis does not know that it is the same.
 *
 * @example
 * ```ts
 * const stream = kinesisTarget({ transport, streamName: "orders" });
 * await bulkSender(stream).send([{ Data: Buffer.from(JSON.stringify(order)), PartitionKey: order.orderId }], call);
 * ```
 */
export function kinesisTarget(options: KinesisTargetOptions): BulkTarget<KinesisRecord> {
  checkRequiredOptions("kinesisTarget", options, ["transport", "streamName", "order", "maxRecordBytes"]);
  const { transport, streamName, order = "partition-key", maxRecordBytes = DEFAULT_RECORD_BYTES } = options;
  checkTransport("kinesisTarget", transport, "clientTransport(client, { PutRecords: PutRecordsCommand })");
  checkName("kinesisTarget", "streamName", streamName);
  if (order !== "partition-key" && order !== "none") {
    throw new InvalidOptionError("kinesisTarget", 'order must be "partition-key" or "none"');
  }
  checkNumber("kinesisTarget", "maxRecordBytes", maxRecordBytes, { min: 1, max: MAX_BYTES, integer: true });
  const name = `Kinesis stream ${streamName}`;

  return {
    name,
    maxEntries: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    maxEntryBytes: maxRecordBytes,
    sizeOf: recordBytes,
    orderKey: (record) => (order === "none" ? undefined : record.PartitionKey),
    async send(Records, call) {
      const answer = await transport.call("PutRecords", { StreamName: streamName, Records }, call);
      return outcomesByPlace(name, answer["Records"], "SequenceNumber");
    },
  };
}

/** PutRecords refuses all records of a request for one whose key is wrong, so that is looked at here. */
function recordBytes({ Data, PartitionKey, ExplicitHashKey }: KinesisRecord): number {
  const length = [...PartitionKey].length;
  if (length < 1 || length > LONGEST_KEY) {
    throw entryInvalid(
      `The record's PartitionKey has ${length} characters; Kinesis takes 1 to ${LONGEST_KEY}.`,
    );
  }
  if (ExplicitHashKey !== undefined && !isHashKey(ExplicitHashKey)) {
    throw entryInvalid("The record's ExplicitHashKey is no whole number below 2^128.");
  }
  return Data.byteLength + Buffer.byteLength(PartitionKey);
}

function isHashKey(text: string): boolean {
  return HASH_KEY.test(text) && BigInt(text) < HASH_KEYS;
}
