import type { DynamoDBStreamEvent, DynamoDBStreamRecord } from "holdfast/batching";
import type { MemoryDynamoDB } from "../../support/memory-dynamodb/index.ts";

/** What Lambda does with a table's stream: one shard, batches from a checkpoint on, again from the lowest failure. */
export interface Shard {
  /** Records that are there and not done. */
  readonly waiting: number;
  /** Hands over the next ones; rejects when some of them come again. */
  deliver(handler: (event: DynamoDBStreamEvent) => Promise<unknown>): Promise<void>;
}

export function shardOf(
  dynamo: MemoryDynamoDB,
  {
    table = "Events",
    batchSize = 100,
    arranged = (records) => records,
  }: {
    readonly table?: string;
    readonly batchSize?: number;
    /** The order in which the records lie in the shard. */
    readonly arranged?: (records: readonly DynamoDBStreamRecord[]) => readonly DynamoDBStreamRecord[];
  } = {},
): Shard {
  const shard: DynamoDBStreamRecord[] = [];
  let taken = 0;
  let checkpoint = 0;

  function flow(): void {
    const come = dynamo.changes.slice(taken).filter((change) => change.table === table);
    taken = dynamo.changes.length;
    // Sequence numbers are the shard's own: they rise with the places in it.
    for (const record of arranged(come)) {
      const SequenceNumber = String(shard.length + 1).padStart(21, "0");
      shard.push({ ...record, dynamodb: { ...record.dynamodb, SequenceNumber } });
    }
  }

  return {
    get waiting() {
      flow();
      return shard.length - checkpoint;
    },
    async deliver(handler) {
      flow();
      const first = checkpoint;
      const Records = shard.slice(first, first + batchSize);
      if (Records.length === 0) return;
      const { batchItemFailures } = (await handler({ Records })) as {
        readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
      };
      const lowest = Math.min(
        ...batchItemFailures.map(({ itemIdentifier }) =>
          Records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier),
        ),
        Records.length,
      );
      // A run that wakes late, when another has gone on, does not move it back.
      checkpoint = Math.max(checkpoint, first + lowest);
      if (lowest < Records.length) throw new Error(`${Records.length - lowest} records come again`);
    },
  };
}
