/** What a batch costs beside what its records' work costs: ours ten at a time, the peers all at once. */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import middy from "@middy/core";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import { type LambdaContext, wrapHandler } from "holdfast";
import { json, type SqsEvent, type SqsRecord, sqsBatch, text } from "holdfast/batching";
import { measure } from "../harness.ts";
import { againstBudget, besidePeer, type Row } from "../row.ts";
import { titled } from "./titled.ts";

const title = titled("batching", "ns");
const invocationEndMs = Date.now() + 900_000;
const context = {
  functionName: "bench",
  awsRequestId: "00000000-0000-0000-0000-000000000000",
  getRemainingTimeInMillis: () => invocationEndMs - Date.now(),
} as LambdaContext;

export async function rows(): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const [count, targets] of [
    [10_000, { powertools: 0.2, middy: 0.7 }],
    [10, { powertools: 0.35 }],
  ] as const) {
    const event = eventOf(count);
    const full = context as Parameters<typeof middyBatch>[1];
    const sets = {
      nothing: { ours: oursText, powertools: powertoolsOf(nothing), middy: middyBatch },
      "JSON.parse": { ours: oursJson, powertools: powertoolsOf(parse), middy: middyParse },
    };
    for (const [work, { ours, powertools, middy: middyRun }] of Object.entries(sets)) {
      const ns = await measure(
        [
          { name: "ours", run: () => ours(event, context) },
          { name: "powertools", run: () => powertools(event) },
          { name: "middy", run: () => middyRun(event, full) },
          { name: "workers", run: () => tenWorkers(event, work === "nothing" ? nothing : parse) },
        ] as const,
        { rounds: 15, roundMs: 20, leastTimes: 1 },
      );
      const perRecord = (samples: readonly number[]): number[] => samples.map((one) => one / count);
      const name = `${count} records, a record's work: ${work}`;
      const targeted = work === "nothing" ? targets : {};
      const { powertools: ofPowertools, middy: ofMiddy }: { powertools?: number; middy?: number } = targeted;
      const [ownNs, powertoolsNs, middyNs] = [ns.ours, ns.powertools, ns.middy].map(perRecord);
      found.push(
        besidePeer(title(name, ofPowertools), ownNs ?? [], "Powertools, all at once", powertoolsNs ?? []),
        besidePeer(title(name, ofMiddy), ownNs ?? [], "middy, all at once", middyNs ?? []),
        againstBudget(title(`${name}, ten plain workers`), perRecord(ns.workers)),
      );
    }
  }
  return found;
}

type RecordWork = (record: { readonly body: string }) => Promise<unknown>;
const nothing: RecordWork = async () => {};
const parse: RecordWork = async ({ body }) => JSON.parse(body);

const oursText = wrapHandler(sqsBatch(async () => {}, { body: text() }));
const oursJson = wrapHandler(sqsBatch(async () => {}, { body: json() }));

function powertoolsOf(work: RecordWork): (event: SqsEvent) => Promise<unknown> {
  const processor = new BatchProcessor(EventType.SQS);
  // Its handler takes the record of any source.
  const handler = work as Parameters<typeof processPartialResponse>[1];
  return (event) => processPartialResponse(event, handler, processor);
}

/** As its documentation has it; nothing fails here, so its logger has nothing to say. */
function middyOf(work: RecordWork) {
  const settle = async (event: SqsEvent): Promise<unknown> =>
    Promise.allSettled(event.Records.map(async (record) => work(record)));
  return middy(settle, { timeoutEarlyInMillis: 0 }).use(sqsPartialBatchFailure({ logger: () => {} }));
}

const middyBatch = middyOf(nothing);
const middyParse = middyOf(parse);

/** No partial response, no deadline, no calls: what is left when all of that is taken away. */
async function tenWorkers({ Records }: SqsEvent, work: RecordWork): Promise<void> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < Records.length) {
      const record = Records[next] as SqsRecord;
      next += 1;
      await work(record);
    }
  }
  await Promise.all(Array.from({ length: 10 }, worker));
}

/** Through JSON, as Lambda's own events come: their texts are flat. */
function eventOf(count: number): SqsEvent {
  const records = Array.from({ length: count }, (_, index) => ({
    messageId: crypto.randomUUID(),
    receiptHandle: `handle-${index}`,
    body: JSON.stringify({ orderId: `order-${index}`, cents: index }),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1700000000000",
      SenderId: "bench",
      ApproximateFirstReceiveTimestamp: "1700000000001",
    },
    messageAttributes: {},
    md5OfBody: "00000000000000000000000000000000",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-central-1:000000000000:bench",
    awsRegion: "eu-central-1",
  }));
  return JSON.parse(JSON.stringify({ Records: records }));
}
