import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Call, deadline, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { operateCircuit } from "holdfast/circuit-breaker";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { type EventDetail, onEvent } from "holdfast/events";
import { idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { flagChanged } from "../flag.ts";
import { PAYMENT_CIRCUIT } from "../payment-circuit.ts";

const dynamoDB = dynamoDBTransport(new DynamoDBClient({}));
const store = dynamoDBStore({ transport: dynamoDB, tableName: required("IDEMPOTENCY_TABLE") });
const circuits = dynamoDBCircuitStore({ transport: dynamoDB, tableName: required("CIRCUITS_TABLE") });

type FlagChange = EventDetail<typeof flagChanged>;

async function operate({ to, share }: FlagChange, call: Call) {
  const how = { store: circuits, name: PAYMENT_CIRCUIT, to, ...(share === undefined ? {} : { share }) };
  const { state, epoch } = await operateCircuit(how, call);
  return { state, epoch };
}

/** Each change is applied once: one that came twice would undo what was changed in between. */
const operateOnce = idempotent(operate, {
  store,
  operation: "operate-payments",
  key: ({ changeId }) => changeId,
});

export const handler = wrapHandler(onEvent(flagChanged, operateOnce), logged(), deadline({ reserveMs: 300 }));
