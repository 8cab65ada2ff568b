import { describe, expect, test } from "vitest";
import { type HttpRequest, payloadV2 } from "../../../../examples/local/http-api/payload-v2.ts";

const context = {
  accountId: "123456789012",
  apiId: "abc123",
  region: "eu-west-1",
  stage: "$default",
  routeKey: "POST /orders/{id}",
  pathParameters: { id: "7" },
  requestId: "request-1",
  traceId: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
  nowMs: Date.UTC(2026, 2, 5, 9, 3, 8, 120),
};
const request: HttpRequest = {
  method: "POST",
  url: "/orders/7?a=1&a=two%20words&b",
  protocol: "HTTP/1.1",
  sourceIp: "127.0.0.1",
  rawHeaders: [
    "Host",
    "127.0.0.1:8080",
    "User-Agent",
    "curl",
    "X-Many",
    "1",
    "x-many",
    "2",
    "Content-Type",
    "application/json",
  ],
  body: Buffer.from('{"é":1}'),
};
const event = (change: Partial<HttpRequest> = {}) => payloadV2({ ...request, ...change }, context);

test("a request becomes an event of format 2.0", () => {
  expect(event()).toEqual({
    version: "2.0",
    routeKey: "POST /orders/{id}",
    rawPath: "/orders/7",
    rawQueryString: "a=1&a=two%20words&b",
    headers: {
      host: "127.0.0.1:8080",
      "user-agent": "curl",
      "x-many": "1,2",
      "content-type": "application/json",
      "x-amzn-trace-id": context.traceId,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": "8080",
      "x-forwarded-proto": "http",
    },
    queryStringParameters: { a: "1,two words", b: "" },
    requestContext: {
      accountId: "123456789012",
      apiId: "abc123",
      domainName: "abc123.execute-api.eu-west-1.amazonaws.com",
      domainPrefix: "abc123",
      http: {
        method: "POST",
        path: "/orders/7",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "curl",
      },
      requestId: "request-1",
      routeKey: "POST /orders/{id}",
      stage: "$default",
      time: "05/Mar/2026:09:03:08 +0000",
      timeEpoch: context.nowMs,
    },
    pathParameters: { id: "7" },
    body: '{"é":1}',
    isBase64Encoded: false,
  });
});

test("a field without content is absent", () => {
  const { pathParameters: _, ...withoutVariables } = context;
  const bare = payloadV2({ ...request, url: "/", rawHeaders: [], body: Buffer.alloc(0) }, withoutVariables);
  for (const field of ["cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"]) {
    expect(bare).not.toHaveProperty(field);
  }
  expect(bare).toMatchObject({
    rawQueryString: "",
    isBase64Encoded: false,
    requestContext: { http: { userAgent: "" } },
  });
});

test("cookies move from their header to a list", () => {
  const { cookies, headers } = event({ rawHeaders: ["Cookie", "a=1; b=2", "cookie", "c=3"] });
  expect(cookies).toEqual(["a=1", "b=2", "c=3"]);
  expect(headers).not.toHaveProperty("cookie");
});

test("headers of the connection stay with it", () => {
  const { headers } = event({
    rawHeaders: ["Connection", "keep-alive", "Transfer-Encoding", "chunked", "Via", "me"],
  });
  expect(headers).toMatchObject({ via: "me" });
  expect(headers).not.toHaveProperty("connection");
  expect(headers).not.toHaveProperty("transfer-encoding");
});

test("the addresses that a request came through are kept, the last one added", () => {
  const { headers } = event({ rawHeaders: ["X-Forwarded-For", "10.0.0.1", "__proto__", "x"] });
  expect(headers["x-forwarded-for"]).toBe("10.0.0.1,127.0.0.1");
  expect(Object.hasOwn(headers, "__proto__")).toBe(true);
});

test("the path is decoded and the query string is not", () => {
  expect(event({ url: "/a%20b/%E2%82%AC?q=%20&r=a?b" })).toMatchObject({
    rawPath: "/a b/€",
    rawQueryString: "q=%20&r=a?b",
    queryStringParameters: { q: " ", r: "a?b" },
  });
  expect(event({ url: "/%zz?%zz" })).toMatchObject({ rawPath: "/%zz", rawQueryString: "%zz" });
});

describe("a body is text or base64, by its content type", () => {
  test.each([
    ["application/json", false],
    ["Application/JSON; charset=utf-8", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["text/csv", false],
    ["application/x-www-form-urlencoded", true],
    ["application/octet-stream", true],
    ["multipart/form-data; boundary=x", true],
    [undefined, true],
  ])("%s", (type, isBase64Encoded) => {
    const rawHeaders = type === undefined ? [] : ["Content-Type", type];
    expect(event({ rawHeaders })).toMatchObject({
      isBase64Encoded,
      body: isBase64Encoded ? request.body.toString("base64") : '{"é":1}',
    });
  });

  test("bytes that are no UTF-8 arrive as they were sent", () => {
    const body = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
    const sent = event({ body });
    expect(sent.isBase64Encoded).toBe(true);
    expect(Buffer.from(sent.body ?? "", "base64")).toEqual(body);
  });
});
