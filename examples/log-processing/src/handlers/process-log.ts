import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { deadline, type LambdaCall, wrap, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { logged } from "holdfast/observability";
import { countErrors } from "../count-errors.ts";
import { DELIVERY_LINE, type Delivery, deliveriesIn, doEach } from "../deliveries.ts";
import { required } from "../environment.ts";
import { readRecord } from "../log-object.ts";
import { s3Objects } from "../s3-object.ts";

const s3 = new S3Client({
  // `s3Objects` tries again, and knows the deadline.
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 2_000, socketTimeout: 5_000 },
  // A checksum in JavaScript over 2 GB costs more than counting in them; TLS has its own, and so has gzip.
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
});
const store = dynamoDBStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("IDEMPOTENCY_TABLE"),
});

/** An event may wait six hours, lie in FailedLogs for 14 days, and then be sent again. */
const FIFTEEN_DAYS_MS = 15 * 24 * 3_600_000;

const countedOnce = idempotent(
  countErrors({
    read: s3Objects(s3),
    processedTable: required("PROCESSED_LOGS_TABLE"),
    dailyTable: required("DAILY_ERRORS_TABLE"),
  }),
  { store, operation: "count-errors", key: ({ logId }) => logId, rememberMs: FIFTEEN_DAYS_MS },
);

const processDelivery = wrap(async (delivery: Delivery, call: LambdaCall) => {
  delivery.outcome = await countedOnce(readRecord(delivery.record), call);
}, logged(DELIVERY_LINE));

export const handler = wrapHandler(
  (event: unknown, call: LambdaCall) =>
    doEach(deliveriesIn(event), (delivery) => processDelivery(delivery, call)),
  deadline({ reserveMs: 500 }),
);
