/** Source: Kinesis Data Streams API Reference, 'PutRecord' and 'PutRecords'. */
import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import { HASH_KEYS, hashKeyOf } from "./hash-range.ts";
import { invalid, invalidArgument, optionalText, requiredList, requiredText } from "./request-body.ts";
import { nextSequence, type Stream, shardFor } from "./stream.ts";
import type { Streams } from "./streams.ts";
import type { Admit } from "./write-limits.ts";

const MAX_RECORDS = 500;
/** Data and partition keys of one PutRecords. */
const MAX_REQUEST_BYTES = 10 * 1_048_576;

interface NewRecord {
  readonly partitionKey: string;
  readonly data: string;
  readonly bytes: number;
  readonly hashKey: bigint;
}

interface Stored {
  readonly ShardId: string;
  readonly SequenceNumber: string;
}

export function putOperations(
  streams: Streams,
  clock: CloudClock,
  admit: Admit,
): Readonly<Record<string, (body: JsonBody) => unknown>> {
  function store(stream: Stream, record: NewRecord): Stored | RequestError {
    const shard = shardFor(stream, record.hashKey);
    if (!admit(`${stream.name}/${shard.id}`, record.bytes)) {
      return new RequestError(
        "ProvisionedThroughputExceededException",
        `Rate exceeded for shard ${shard.id} in stream ${stream.name} under account ${stream.arn.split(":")[4]}.`,
      );
    }
    const sequenceNumber = nextSequence(stream);
    const { partitionKey, data, bytes } = record;
    shard.records.push({ sequenceNumber, arrivedAtMs: clock.now(), partitionKey, data, bytes });
    return { ShardId: shard.id, SequenceNumber: String(sequenceNumber) };
  }

  return {
    PutRecord(body) {
      const stream = streams.named(body);
      const after = optionalText(body, "SequenceNumberForOrdering");
      // Here they always grow, so a number to come after asks for nothing more.
      if (after !== undefined && !/^(0|[1-9]\d{0,128})$/.test(after)) {
        throw invalid("SequenceNumberForOrdering", "must match 0|([1-9]\\d{0,128})");
      }
      const stored = store(stream, readRecord(body, stream));
      if (stored instanceof RequestError) throw stored;
      return { ...stored, EncryptionType: "NONE" };
    },
    PutRecords(body) {
      const stream = streams.named(body);
      const entries = requiredList(body, "Records");
      if (entries.length < 1 || entries.length > MAX_RECORDS) {
        throw invalid("Records", `must have length from 1 to ${MAX_RECORDS}`);
      }
      const records = entries.map((entry) => readRecord(entry, stream));
      const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
      if (bytes > MAX_REQUEST_BYTES) throw invalidArgument("Records size exceeds 10 MB limit.");
      const results = records.map((record) => store(stream, record));
      return {
        FailedRecordCount: results.filter((result) => result instanceof RequestError).length,
        EncryptionType: "NONE",
        Records: results.map((result) =>
          result instanceof RequestError ? { ErrorCode: result.code, ErrorMessage: result.message } : result,
        ),
      };
    },
  };
}

function readRecord(body: JsonBody, stream: Stream): NewRecord {
  const partitionKey = requiredText(body, "PartitionKey");
  if (partitionKey.length > 256) throw invalid("PartitionKey", "must have length less than or equal to 256");
  const data = optionalText(body, "Data");
  if (data === undefined) throw invalid("Data", "must not be null");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 !== 0) {
    throw new RequestError("SerializationException", "Data must be Base64.");
  }
  const bytes = Buffer.byteLength(data, "base64") + Buffer.byteLength(partitionKey);
  if (bytes > stream.maxRecordBytes) {
    throw invalid(
      "Data",
      `and PartitionKey must be at most ${stream.maxRecordBytes} bytes; they have ${bytes}`,
    );
  }
  const explicit = optionalText(body, "ExplicitHashKey");
  if (explicit !== undefined && (!/^(0|[1-9]\d{0,38})$/.test(explicit) || BigInt(explicit) >= HASH_KEYS)) {
    throw invalidArgument(`ExplicitHashKey ${explicit} must be a whole number from 0 to 2^128 - 1.`);
  }
  return {
    partitionKey,
    data,
    bytes,
    hashKey: explicit === undefined ? hashKeyOf(partitionKey) : BigInt(explicit),
  };
}
