import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type Call, deadline, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { eventBridgeTransport } from "holdfast/aws/eventbridge";
import { eventPublisher } from "holdfast/events";
import { idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { answer, type HttpAnswer, type HttpRequest, problemAnswer } from "../http.ts";
import { orderPlaced } from "../order.ts";
import { type PlaceOrder, readPlaceOrder } from "../place-order.ts";

const store = dynamoDBStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("IDEMPOTENCY_TABLE"),
});
const publisher = eventPublisher({
  transport: eventBridgeTransport(new EventBridgeClient({})),
  busName: required("ORDER_BUS"),
});

/** The event's id and time come from the order: published twice, it is still one event to its consumers. */
const placeOrder = idempotent(
  async ({ order }: PlaceOrder, call): Promise<HttpAnswer> => {
    const id = `order-placed/${order.orderId}`;
    const time = new Date(order.timestamp);
    await publisher.publishOne(orderPlaced.of(order, { id, correlationId: id, time }), call);
    return answer(202, { orderId: order.orderId, status: "accepted" });
  },
  {
    store,
    operation: "place-order",
    key: ({ idempotencyKey }) => idempotencyKey,
    payload: ({ order }) => order,
  },
);

/** A bad request is answered before anything is claimed: it costs no write, and leaves no record. */
async function serve(request: HttpRequest, call: Call): Promise<HttpAnswer> {
  try {
    return await placeOrder(await readPlaceOrder(request), call);
  } catch (error) {
    return problemAnswer(error);
  }
}

export const handler = wrapHandler(serve, logged(), deadline({ reserveMs: 300 }));
