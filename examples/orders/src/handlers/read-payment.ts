import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { deadline, type LambdaCall, wrap, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { answer, answeringErrors, type HttpRequest } from "../http.ts";
import { paymentCircuit } from "../payment-circuit.ts";
import { paymentStatusAt } from "../payments.ts";

const circuits = dynamoDBCircuitStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("CIRCUITS_TABLE"),
});
const statusOf = paymentStatusAt(required("PAYMENTS_URL"), paymentCircuit(circuits));

async function readPayment({ pathParameters }: HttpRequest, call: LambdaCall) {
  const orderId = pathParameters?.["orderId"] ?? "";
  return answer(200, { orderId, ...(await statusOf(orderId, call)) });
}

const serve = wrap(readPayment, logged(), deadline({ reserveMs: 300 }));

export const handler = wrapHandler(answeringErrors(serve));
