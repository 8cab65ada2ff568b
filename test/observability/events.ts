/** An EventBridge event in the shape of the EventBridge User Guide, "Event structure", with values of our own. */
export function eventBridgeEvent(detail: unknown = { orderId: "o-1" }): Record<string, unknown> {
  return {
    version: "0",
    id: "eb-1",
    "detail-type": "OrderPlaced",
    source: "order.service",
    account: "000000000000",
    time: "2026-01-01T00:00:00Z",
    region: "eu-central-1",
    resources: [],
    detail,
  };
}

/** An HTTP API request, payload format 2.0, as far as the log looks at it. */
export function httpRequest(headers: Record<string, string> = {}): Record<string, unknown> {
  return {
    version: "2.0",
    routeKey: "POST /orders",
    rawPath: "/orders",
    headers,
    requestContext: { requestId: "r-1", http: { method: "POST", path: "/orders" } },
    body: '{"card":"4111"}',
    isBase64Encoded: false,
  };
}
