/**
 * The services behind the targets, as far as a sender can see them. What happens to a request and to each of its entries
 * is the test's to say; their limits they keep on their own, so that no test can exceed them in silence.
 */
import type { Call } from "holdfast";
import type { BulkTarget } from "holdfast/batching";
import { dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { eventBridgeTarget } from "holdfast/batching/targets/eventbridge";
import { firehoseTarget } from "holdfast/batching/targets/firehose";
import { kafkaTarget } from "holdfast/batching/targets/kafka";
import { kinesisTarget } from "holdfast/batching/targets/kinesis";
import { snsTarget } from "holdfast/batching/targets/sns";
import { sqsTarget } from "holdfast/batching/targets/sqs";

/** What the service does with one entry. */
export type Fate = "taken" | "busy" | "refused";

/** How its answer goes astray, after it has done what it did. */
export type Astray = "lost" | "short" | "shuffled";

export interface Verdict {
  /** Of each entry, in their order. */
  readonly fates: readonly Fate[];
  readonly astray?: Astray | undefined;
}

/** Decides on a request by the numbers of its entries. Throwing is the service's answer to it. */
export type Judge = (ids: readonly number[], call: Call | undefined) => Promise<Verdict>;

export interface Simulated {
  readonly name: string;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
  /** Whether one entry of a request can fail alone, and be named in an answer of any order. */
  readonly failsInPart: boolean;
  readonly namesEntries: boolean;
  /** Whether entries of one key keep their order. */
  readonly isOrdered: boolean;
  readonly target: (judge: Judge, broken: string[]) => BulkTarget<unknown>;
  /** An entry with a number, of about so many bytes. */
  readonly entry: (id: number, key: string, bytes: number) => unknown;
}

/** An error as an AWS client throws it for what passes with time. */
export function throttled(): Error {
  return Object.assign(new Error("slow down"), {
    name: "ThrottlingException",
    $fault: "client",
    retriable: true,
  });
}

const utf8 = (text: string): number => new TextEncoder().encode(text).length;
const textOf = (id: number, bytes: number): string => `${id}:`.padEnd(bytes, "x");
const dataOf = (id: number, bytes: number): Uint8Array => {
  const data = Buffer.alloc(Math.max(bytes, 8), "x");
  data.write(`${id}:`);
  return data;
};
const idIn = (data: unknown): number =>
  Number.parseInt(
    typeof data === "string"
      ? data
      : Buffer.from((data as Uint8Array).buffer, (data as Uint8Array).byteOffset, 8).toString(),
    10,
  );

/** The differences of a service that is asked through an AwsTransport. */
interface Wire {
  readonly name: string;
  readonly operation: string;
  readonly limits: readonly [entries: number, bytes: number, entryBytes: number];
  readonly namesEntries?: boolean;
  readonly isOrdered?: boolean;
  readonly target: (transport: {
    call(operation: string, input: object, call: Call): Promise<Record<string, unknown>>;
  }) => BulkTarget<never>;
  readonly entry: (id: number, key: string, bytes: number) => unknown;
  /** The entries of a request's input, with number and size of each. */
  readonly read: (input: never) => readonly {
    readonly id: number;
    readonly bytes: number;
    readonly place: string;
    readonly raw: unknown;
  }[];
  readonly answer: (
    entries: readonly {
      readonly id: number;
      readonly place: string;
      readonly fate: Fate;
      readonly raw: unknown;
    }[],
  ) => Record<string, unknown>;
}

function onTheWire(wire: Wire): Simulated {
  const [maxEntries, maxBytes, maxEntryBytes] = wire.limits;
  const { name, namesEntries = false, isOrdered = false, entry } = wire;
  return {
    name,
    maxEntries,
    maxBytes,
    maxEntryBytes,
    failsInPart: true,
    namesEntries,
    isOrdered,
    entry,
    target: (judge, broken) =>
      wire.target({
        async call(operation, input, call) {
          if (operation !== wire.operation) broken.push(`asked for ${operation}`);
          const entries = wire.read(input as never);
          if (entries.length < 1 || entries.length > maxEntries) broken.push(`${entries.length} entries`);
          const bytes = entries.reduce((sum, one) => sum + one.bytes, 0);
          if (bytes > maxBytes) broken.push(`${bytes} bytes`);
          if (entries.some((one) => one.bytes > maxEntryBytes)) broken.push("an entry that is too large");
          const { fates, astray } = await judge(
            entries.map(({ id }) => id),
            call,
          );
          if (astray === "lost") throw new Error("socket hang up");
          const judged = entries.map((one, index) => ({ ...one, fate: fates[index] ?? "taken" }));
          if (astray === "short") judged.pop();
          return wire.answer(astray === "shuffled" ? judged.toReversed() : judged);
        },
      }) as BulkTarget<unknown>,
  };
}

const CODES = { busy: "InternalFailure", refused: "MalformedDetail" };

interface BatchEntry {
  readonly Id: string;
  readonly MessageBody?: string;
  readonly Message?: string;
}

function messaging(name: string, isFifo: boolean): Simulated {
  const isSqs = name.startsWith("SQS");
  const bytes = isSqs ? 1_048_576 : 262_144;
  return onTheWire({
    name,
    operation: isSqs ? "SendMessageBatch" : "PublishBatch",
    limits: [10, bytes, bytes],
    namesEntries: true,
    isOrdered: isFifo,
    target: (transport) =>
      isSqs
        ? sqsTarget({ transport, queueUrl: `https://sqs/1/orders${isFifo ? ".fifo" : ""}` })
        : snsTarget({ transport, topicArn: `arn:aws:sns:eu-west-1:1:orders${isFifo ? ".fifo" : ""}` }),
    entry: (id, key, size) => ({
      [isSqs ? "MessageBody" : "Message"]: textOf(id, size),
      ...(isFifo ? { MessageGroupId: key, MessageDeduplicationId: String(id) } : {}),
    }),
    read: ({
      Entries,
      PublishBatchRequestEntries = Entries,
    }: Record<string, readonly BatchEntry[]> & { readonly Entries: readonly BatchEntry[] }) =>
      PublishBatchRequestEntries.map((raw) => {
        const text = raw.MessageBody ?? raw.Message ?? "";
        return { id: idIn(text), bytes: utf8(text), place: raw.Id, raw };
      }),
    answer: (entries) => ({
      Successful: entries
        .filter(({ fate }) => fate === "taken")
        .map(({ id, place }) => ({ Id: place, MessageId: `m-${id}` })),
      Failed: entries
        .filter(({ fate }) => fate !== "taken")
        .map(({ place, fate }) => ({
          Id: place,
          SenderFault: fate === "refused",
          Code: fate === "refused" ? "InvalidMessageContents" : "InternalError",
        })),
    }),
  });
}

/** An answer of one element for each entry, where its entry stood. */
function byPlace(list: string, idName: string, failedCount: string): Wire["answer"] {
  return (entries) => ({
    [failedCount]: entries.filter(({ fate }) => fate !== "taken").length,
    [list]: entries.map(({ id, fate }) =>
      fate === "taken" ? { [idName]: `m-${id}` } : { ErrorCode: CODES[fate], ErrorMessage: "refused" },
    ),
  });
}

const eventBridge = onTheWire({
  name: "EventBridge",
  operation: "PutEvents",
  limits: [10, 999_999, 999_999],
  target: (transport) => eventBridgeTarget({ transport }),
  entry: (id, _key, bytes) => ({ Source: "s", DetailType: "t", Detail: textOf(id, bytes) }),
  read: ({ Entries }: { readonly Entries: readonly { readonly Detail: string }[] }) =>
    Entries.map((raw) => ({ id: idIn(raw.Detail), bytes: utf8(raw.Detail) + 2, place: "", raw })),
  answer: byPlace("Entries", "EventId", "FailedEntryCount"),
});

interface StreamRecord {
  readonly Data: Uint8Array;
  readonly PartitionKey?: string;
}

const readRecords = ({ Records }: { readonly Records: readonly StreamRecord[] }): ReturnType<Wire["read"]> =>
  Records.map((raw) => ({
    id: idIn(raw.Data),
    bytes: raw.Data.length + utf8(raw.PartitionKey ?? ""),
    place: "",
    raw,
  }));

const kinesis = (order: "partition-key" | "none"): Simulated =>
  onTheWire({
    name: `Kinesis, order ${order}`,
    operation: "PutRecords",
    limits: [500, 10_485_760, 1_048_576],
    isOrdered: order !== "none",
    target: (transport) => kinesisTarget({ transport, streamName: "orders", order }),
    entry: (id, key, bytes) => ({ Data: dataOf(id, bytes), PartitionKey: key }),
    read: readRecords,
    answer: byPlace("Records", "SequenceNumber", "FailedRecordCount"),
  });

const firehose = onTheWire({
  name: "Firehose",
  operation: "PutRecordBatch",
  limits: [500, 4_194_304, 1_024_000],
  target: (transport) => firehoseTarget({ transport, deliveryStreamName: "orders" }),
  entry: (id, _key, bytes) => ({ Data: dataOf(id, bytes) }),
  read: readRecords,
  answer: byPlace("RequestResponses", "RecordId", "FailedPutCount"),
});

type Puts = readonly {
  readonly PutRequest: { readonly Item: { readonly id: { S: string }; readonly t: { S: string } } };
}[];

/** BatchWriteItem has no code for one item: what is refused is refused for the whole request, as a ValidationException. */
const dynamoDB = onTheWire({
  name: "DynamoDB",
  operation: "BatchWriteItem",
  limits: [25, 16_777_216, 409_600],
  namesEntries: true,
  target: (transport) => dynamoDBBatchWriter({ transport, tableName: "Orders", key: ["id"] }),
  entry: (id, _key, bytes) => ({ id: { S: String(id) }, t: { S: "x".repeat(Math.max(1, bytes - 20)) } }),
  read: ({ RequestItems }: { readonly RequestItems: { readonly Orders: Puts } }) =>
    RequestItems.Orders.map((raw) => ({
      id: Number(raw.PutRequest.Item.id.S),
      bytes: 3 + raw.PutRequest.Item.id.S.length + raw.PutRequest.Item.t.S.length,
      place: "",
      raw,
    })),
  answer: (entries) => {
    const left = entries.filter(({ fate }) => fate === "busy").map(({ raw }) => raw);
    return { UnprocessedItems: left.length > 0 ? { Orders: left } : {} };
  },
});

/** A producer's request is taken whole or not at all, and its answer names no message. */
const kafka: Simulated = {
  name: "Kafka",
  maxEntries: 500,
  maxBytes: 1_000_000,
  maxEntryBytes: 1_000_000,
  failsInPart: false,
  namesEntries: false,
  isOrdered: true,
  entry: (id, key, bytes) => ({ key, value: textOf(id, bytes) }),
  target: (judge, broken) =>
    kafkaTarget({
      topic: "orders",
      producer: {
        async send({ topic, messages }: { topic: string; messages: { key: string; value: string }[] }) {
          if (topic !== "orders") broken.push(`topic ${topic}`);
          if (messages.length < 1 || messages.length > 500) broken.push(`${messages.length} messages`);
          const bytes = messages.reduce((sum, { key, value }) => sum + utf8(key) + utf8(value), 0);
          if (bytes > 1_000_000) broken.push(`${bytes} bytes`);
          const { astray } = await judge(
            messages.map(({ value }) => idIn(value)),
            undefined,
          );
          if (astray === "lost") throw Object.assign(new Error("closed connection"), { retriable: true });
          return [{ topicName: "orders", partition: 0, errorCode: 0 }];
        },
      } as never,
    }) as BulkTarget<unknown>,
};

export const services: readonly Simulated[] = [
  messaging("SQS", false),
  messaging("SQS FIFO", true),
  messaging("SNS", false),
  messaging("SNS FIFO", true),
  eventBridge,
  kinesis("partition-key"),
  kinesis("none"),
  firehose,
  dynamoDB,
  kafka,
];
