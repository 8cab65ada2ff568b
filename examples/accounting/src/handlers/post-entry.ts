import { SQSClient } from "@aws-sdk/client-sqs";
import { deadline, wrapHandler } from "holdfast";
import { type RecordCall, type SqsRecord, sqsBatch, text } from "holdfast/batching";
import { eventDecoder } from "holdfast/events";
import { idempotent } from "holdfast/idempotency";
import { postgresStore } from "holdfast/idempotency/postgres";
import { logged } from "holdfast/observability";
import { CONNECTIONS, ledgerPool } from "../database.ts";
import { deadLetters } from "../dead-letters.ts";
import { checkedEntry, transactionCreated } from "../entry.ts";
import { required } from "../environment.ts";
import { postEntry } from "../post-entry.ts";
import { settingAside } from "../refusals.ts";

const store = postgresStore({ pool: ledgerPool(), table: required("IDEMPOTENCY_TABLE") });
const transactions = eventDecoder(transactionCreated);
const setAside = deadLetters(new SQSClient({}), required("DEAD_LETTERS_URL"));

/** Longer than queue and dead letter queue together keep a message. What comes later still meets the journal's own key. */
const FIVE_WEEKS_MS = 35 * 24 * 3_600_000;

const postOnce = idempotent(postEntry, {
  store,
  operation: "post-entry",
  key: ({ idempotencyKey }) => idempotencyKey,
  payload: ({ idempotencyKey: _, ...entry }) => entry,
  rememberMs: FIVE_WEEKS_MS,
});

async function postMessage(body: string, call: RecordCall<SqsRecord>) {
  const { detail } = await transactions.decode(body);
  return postOnce(checkedEntry(detail), call);
}

export const handler = wrapHandler(
  sqsBatch(settingAside(postMessage, setAside), { body: text(), concurrency: CONNECTIONS }),
  logged(),
  deadline({ reserveMs: 500 }),
);
