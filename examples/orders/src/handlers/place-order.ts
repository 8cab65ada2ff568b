import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { deadline, type LambdaCall, wrap, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { eventBridgeTransport } from "holdfast/aws/eventbridge";
import { eventPublisher } from "holdfast/events";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { idempotentHttp } from "holdfast/idempotency/http";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { answer, answeringErrors, type HttpRequest } from "../http.ts";
import { orderPlaced, placedId } from "../order.ts";
import { correlationOf, type PlaceOrder, readPlaceOrder } from "../place-order.ts";

const store = dynamoDBStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("IDEMPOTENCY_TABLE"),
});
const publisher = eventPublisher({
  transport: eventBridgeTransport(new EventBridgeClient({})),
  busName: required("ORDER_BUS"),
});

/** The event's id and time come from the order: published twice, it is still one event to its consumers. */
const placeOrder = idempotentHttp(
  async ({ order }: PlaceOrder, call) => {
    const id = placedId(order.orderId);
    const time = new Date(order.timestamp);
    await publisher.publishOne(orderPlaced.of(order, { id, correlationId: id, time }), call);
    return answer(202, { orderId: order.orderId, status: "accepted" });
  },
  { store, operation: "place-order", payload: ({ order }) => order },
);

/** A bad request is refused before anything is claimed: it costs no write, and leaves no record. */
const serve = wrap(
  async (request: HttpRequest, call: LambdaCall) => placeOrder(await readPlaceOrder(request), call),
  logged({ correlationId: (request) => correlationOf(request as HttpRequest) }),
  deadline({ reserveMs: 300 }),
);

export const handler = wrapHandler(answeringErrors(serve));
