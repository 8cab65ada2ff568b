import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { deadline, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { s3Transport } from "holdfast/aws/s3";
import { eventTimeWindow, json, type KinesisRecord, type RecordCall } from "holdfast/batching";
import { idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { s3ObjectStore } from "holdfast/object-store";
import { logged } from "holdfast/observability";
import { alertQueue, keepAlert } from "../alerts.ts";
import { archiveIn } from "../archive.ts";
import { required } from "../environment.ts";
import {
  type Alert,
  alertOf,
  checkTime,
  isSuspicious,
  LATENESS_MS,
  type Payment,
  paymentSchema,
  type Spendings,
  spendingOf,
  WINDOW_MS,
  withPayment,
} from "../payment.ts";
import { setAsideIn } from "../set-aside.ts";

const sqs = new SQSClient({});
const publish = alertQueue(sqs, required("ALERTS_URL"));
const alertsTable = required("ALERTS_TABLE");
const archive = archiveIn(
  s3ObjectStore({ transport: s3Transport(new S3Client({})), bucket: required("ARCHIVE_BUCKET") }),
);

/** A batch that comes again raises nothing again: the key is the user's window. */
const raiseOnce = idempotent(
  async (alert: Alert, call) => {
    await publish(alert, call);
    return call.unit.transact([keepAlert(alertsTable, alert, call)], { raised: true });
  },
  {
    store: dynamoDBStore({
      transport: dynamoDBTransport(new DynamoDBClient({})),
      tableName: required("IDEMPOTENCY_TABLE"),
    }),
    operation: "raise-alert",
    key: ({ alertId }) => alertId,
    // A shard waits for the alert of a worker that died: so it is held for a second at a time, and waited for, not failed.
    leaseMs: 1_000,
    inFlight: "wait",
  },
);

/** The window's state with one payment more. The alert is raised here, and not when the window closes. */
async function watch(
  users: Spendings,
  payment: Payment,
  call: RecordCall<KinesisRecord>,
): Promise<Spendings> {
  checkTime(payment, call.record);
  const before = spendingOf(users, payment.user);
  const now = withPayment(before, payment);
  if (isSuspicious(now) && !isSuspicious(before)) await raiseOnce(alertOf(payment, call.record), call);
  return { ...users, [payment.user]: now };
}

export const handler = wrapHandler(
  eventTimeWindow({
    lengthMs: WINDOW_MS,
    latenessMs: LATENESS_MS,
    timeOf: ({ atMs }: Payment) => atMs,
    body: json(paymentSchema),
    initial: (): Spendings => ({}),
    add: watch,
    close: archive.window,
    late: archive.late,
    poison: { to: setAsideIn(sqs, required("DEAD_LETTERS_URL")) },
  }),
  logged(),
  deadline({ reserveMs: 500 }),
);
