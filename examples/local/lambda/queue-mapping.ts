import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { shuffled } from "../faults/chance.ts";
import type { CloudClock, Observe, Running } from "../services.ts";
import type { Queue, QueueMapping } from "../template/stack.ts";
import type { InvokeResult, LambdaFaults } from "./invocation.ts";
import type { InvokeOptions } from "./lambda-service.ts";
import { limits } from "./limits.ts";
import { batchVerdict } from "./partial-response.ts";
import { pause } from "./pause.ts";
import { cutBatches, receiveCount, redelivered, type SqsRecord, sqsRecord } from "./sqs-event.ts";

/** Messages one ReceiveMessage or DeleteMessageBatch can carry. */
const SQS_BATCH = 10;
/** Batches in progress at once when the template names no MaximumConcurrency (Lambda begins with five pollers). */
const POLLERS = 5;
/** How often the rest of a batching window looks for more messages, in real milliseconds. */
const WINDOW_POLL_MS = 25;

export interface RunningMapping extends Running {
  /** Messages received and not yet deleted or given back, and duplicate deliveries in progress. */
  pending(): number;
}

/**
 * An SQS event source mapping (AWS page 'Using Lambda with Amazon SQS'): polls the queue over its wire API,
 * invokes the function with batches, and deletes what succeeded. What failed is left alone: it becomes visible
 * again when its visibility timeout ends, and the queue moves it to its dead-letter queue when it was received
 * too often. Lambda never changes a visibility timeout.
 */
export function startQueueMapping(options: {
  readonly mapping: QueueMapping;
  readonly queue: Queue;
  readonly client: SQSClient;
  readonly functionName: string;
  readonly invoke: (functionArn: string, payload: string, options: InvokeOptions) => Promise<InvokeResult>;
  /** Whether the function is to see a message; those it is not to see are deleted. */
  readonly accepts: (record: SqsRecord) => boolean;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly faults?: LambdaFaults;
  /** More batches at once than this would only wait for an environment. */
  readonly maxPollers: number;
}): RunningMapping {
  const { mapping, queue, client, clock, observe } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const source = `sqs:${queue.name}`;
  /** What an invocation in progress counts as once we stop: it ends with its environment, not with us. */
  const stopped = new Promise<InvokeResult>((resolve) => {
    signal.addEventListener("abort", () =>
      resolve({ status: "rejected", requestId: "", code: "ServiceException", message: "stopping" }),
    );
  });
  let pending = 0;

  async function receive(waitSeconds: number, max: number): Promise<Message[]> {
    const { Messages } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: Math.min(SQS_BATCH, max),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
      { abortSignal: signal },
    );
    const messages = Messages ?? [];
    pending += messages.length;
    return messages;
  }

  /** Polls until something comes, then goes on for the batching window, the batch size or 6 MB. */
  async function collect(): Promise<{ readonly records: readonly SqsRecord[]; readonly receivedAt: number }> {
    const records = (await receive(20, mapping.batchSize)).map((message) => sqsRecord(message, queue.arn));
    const receivedAt = clock.now();
    if (records.length === 0 || mapping.windowSeconds === 0) return { records, receivedAt };
    let bytes = records.reduce((sum, record) => sum + record.body.length, 0);
    const until = receivedAt + (mapping.windowSeconds * 1000) / clock.speed;
    while (
      records.length < mapping.batchSize &&
      bytes < limits.batchPayloadBytes &&
      clock.now() < until &&
      !signal.aborted
    ) {
      const more = await receive(0, mapping.batchSize - records.length).catch(() => []);
      for (const message of more) {
        const record = sqsRecord(message, queue.arn);
        bytes += record.body.length;
        records.push(record);
      }
      if (more.length === 0) await pause(clock, Math.min(WINDOW_POLL_MS, until - clock.now()), signal);
    }
    return { records, receivedAt };
  }

  async function handle(records: readonly SqsRecord[], receivedAt: number): Promise<void> {
    const unwanted = records.filter((record) => !options.accepts(record));
    await remove(unwanted);
    pending -= unwanted.length;
    const wanted = records.filter((record) => !unwanted.includes(record));
    for (const batch of cutBatches(reordered(wanted), mapping.batchSize, limits.batchPayloadBytes)) {
      await deliver(batch, receivedAt).finally(() => {
        pending -= batch.length;
      });
    }
  }

  async function deliver(batch: readonly SqsRecord[], receivedAt: number): Promise<void> {
    const result = await invokeUntilVisible(batch, receivedAt);
    if (signal.aborted) return;
    const ids = batch.map((record) => record.messageId);
    const { failedIds, problem = "" } = batchVerdict(result, ids, mapping.reportBatchItemFailures);
    await remove(batch.filter((record) => !failedIds.has(record.messageId)));
    for (const record of batch) {
      if (failedIds.has(record.messageId)) observeDeadLetter(record, problem);
    }
    if (result.status !== "ok" || failedIds.size > 0) return;
    if (options.faults?.duplicate(options.functionName) !== true) return;
    observe({ type: "duplicate", functionName: options.functionName, records: batch.length });
    await invoke(redelivered(batch));
  }

  /** Ends when we stop, too. */
  function invoke(batch: readonly SqsRecord[]): Promise<InvokeResult> {
    const attempt = Math.max(...batch.map(receiveCount));
    const payload = JSON.stringify({ Records: batch });
    return Promise.race([options.invoke(mapping.functionArn, payload, { source, attempt }), stopped]);
  }

  /** A standard queue keeps no order. */
  function reordered(records: readonly SqsRecord[]): readonly SqsRecord[] {
    const order =
      queue.fifo || records.length < 2 ? undefined : options.faults?.reorder(options.functionName);
    if (order === undefined) return records;
    observe({ type: "reordered", functionName: options.functionName, records: records.length });
    return shuffled(records, order);
  }

  /** The next receive moves this message to the dead-letter queue, because it was received as often as it may be. */
  function observeDeadLetter(record: SqsRecord, reason: string): void {
    if (queue.redrive === undefined || receiveCount(record) < queue.redrive.maxReceiveCount) return;
    const to = queue.redrive.deadLetterArn.split(":").at(-1) ?? "";
    observe({
      type: "dead-letter",
      from: queue.name,
      to,
      reason: `received ${receiveCount(record)} times: ${reason}`,
    });
  }

  /** A throttled batch is tried again for as long as the messages are ours; after that they come back by themselves. */
  async function invokeUntilVisible(batch: readonly SqsRecord[], receivedAt: number): Promise<InvokeResult> {
    const until = receivedAt + (queue.visibilityTimeoutSeconds * 1000) / clock.speed;
    for (let delayMs = 1_000; ; delayMs *= 2) {
      const result = await invoke(batch);
      const resumeAt = clock.now() + delayMs / clock.speed;
      if (result.status !== "throttled" || resumeAt >= until || signal.aborted) return result;
      await pause(clock, delayMs / clock.speed, signal);
    }
  }

  /** What cannot be deleted comes again: delivery is at least once. */
  async function remove(records: readonly SqsRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += SQS_BATCH) {
      const entries = records
        .slice(at, at + SQS_BATCH)
        .map((record, index) => ({ Id: String(index), ReceiptHandle: record.receiptHandle }));
      await client
        .send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }))
        .catch(() => {});
    }
  }

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      try {
        const { records, receivedAt } = await collect();
        if (records.length > 0) await handle(records, receivedAt);
      } catch {
        // The queue did not answer; Lambda's pollers go on as well.
        await pause(clock, 100, signal);
      }
    }
  }

  const pollers = Math.min(mapping.maximumConcurrency ?? POLLERS, options.maxPollers);
  const polling = mapping.enabled ? Array.from({ length: pollers }, poll) : [];
  return {
    pending: () => pending,
    async stop() {
      stopping.abort();
      await Promise.all(polling);
    },
  };
}
