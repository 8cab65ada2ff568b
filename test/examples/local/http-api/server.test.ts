import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type HttpApiFront, type Invoke, startHttpApi } from "../../../../examples/local/http-api/server.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import type { HttpApi } from "../../../../examples/local/template/stack.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";

const place = { file: "template.yaml", line: 1, path: "Resources.Api" };
const route = (method: string, path: string): HttpApi["routes"][number] => ({
  method,
  path,
  functionArn: `arn:${method}:${path}`,
  timeoutMs: 30_000,
  place,
});
const api: HttpApi = {
  logicalId: "Api",
  id: "abc123",
  stageName: "$default",
  routes: [route("POST", "/orders"), route("GET", "/orders/{id}")],
  place,
};

interface SetUp {
  readonly front: HttpApiFront;
  readonly clock: ManualClock;
  readonly calls: (readonly [arn: string, event: Record<string, unknown>])[];
  readonly facts: CloudFact[];
}

const running: HttpApiFront[] = [];
afterEach(async () => {
  for (const front of running.splice(0)) await front.stop();
});

async function setUp(invoke: Invoke = ok({ done: true }), change: Partial<HttpApi> = {}): Promise<SetUp> {
  const clock = manualClock(60);
  const calls: SetUp["calls"] = [];
  const facts: CloudFact[] = [];
  const front = await startHttpApi({
    api: { ...api, ...change },
    clock,
    observe: (fact) => facts.push(fact),
    accountId: "123456789012",
    region: "eu-west-1",
    invoke: (arn, payload) => {
      calls.push([arn, JSON.parse(payload)]);
      return invoke(arn, payload);
    },
  });
  running.push(front);
  return { front, clock, calls, facts };
}

const ok = (value: unknown): Invoke => {
  return async () => ({ status: "ok", payload: JSON.stringify(value) });
};
const post = (
  front: HttpApiFront,
  body: string | Uint8Array<ArrayBuffer> = "{}",
  path = "/orders",
): Promise<Response> =>
  fetch(`${front.endpoint}${path}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });

describe("a request", () => {
  test("invokes its route's function and answers what it returned", async () => {
    const response = { statusCode: 201, headers: { "x-id": "7" }, cookies: ["a=1", "b=2"], body: "made" };
    const { front, calls, facts } = await setUp(ok(response));
    const answer = await post(front, '{"n":1}', "/orders?dry=1");
    expect([answer.status, await answer.text()]).toEqual([201, "made"]);
    expect(answer.headers.get("x-id")).toBe("7");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("content-length")).toBe("4");
    expect(calls).toMatchObject([
      [
        "arn:POST:/orders",
        { version: "2.0", routeKey: "POST /orders", body: '{"n":1}', rawQueryString: "dry=1" },
      ],
    ]);
    expect(facts).toEqual([{ type: "http", method: "POST", path: "/orders", status: 201, durationMs: 0 }]);
  });

  test("without a route is not found, and nothing runs", async () => {
    const { front, calls } = await setUp();
    const answer = await fetch(`${front.endpoint}/orders`);
    expect([answer.status, await answer.json()]).toEqual([404, { message: "Not Found" }]);
    expect(calls).toEqual([]);
  });

  test("of more than 10 MB is too large", async () => {
    const { front, calls } = await setUp();
    expect((await post(front, Buffer.alloc(10 * 1_048_576, 32))).status).toBe(200);
    const answer = await post(front, Buffer.alloc(10 * 1_048_576 + 1, 32));
    expect([answer.status, await answer.json()]).toEqual([413, { message: "Request Entity Too Large" }]);
    expect(calls).toHaveLength(1);
  });

  test("goes through the stage when it is a named one", async () => {
    const { front, calls } = await setUp(ok({}), { stageName: "prod" });
    expect(front.endpoint).toMatch(/\/prod$/);
    expect((await fetch(`${front.endpoint}/orders/7`)).status).toBe(200);
    expect(calls).toMatchObject([
      [
        "arn:GET:/orders/{id}",
        { rawPath: "/prod/orders/7", pathParameters: { id: "7" }, requestContext: { stage: "prod" } },
      ],
    ]);
    expect((await fetch(front.endpoint.replace("/prod", "/orders/7"))).status).toBe(404);
    expect((await fetch(front.endpoint.replace("/prod", "/production/orders/7"))).status).toBe(404);
  });
});

describe("what a function cannot answer, the gateway does", () => {
  const serverError = [500, { message: "Internal Server Error" }];
  const unavailable = [503, { message: "Service Unavailable" }];

  test.each<readonly [rule: string, invoke: Invoke, answer: readonly unknown[]]>([
    ["a function error", async () => ({ status: "error" }), serverError],
    ["a rejected invocation", async () => ({ status: "rejected" }), serverError],
    ["an invocation that throws", () => Promise.reject(new Error("no Lambda")), serverError],
    ["an impossible response", ok({ statusCode: 9 }), serverError],
    ["a throttled function", async () => ({ status: "throttled" }), unavailable],
  ])("%s", async (_rule, invoke, expected) => {
    const { front } = await setUp(invoke);
    const answer = await post(front);
    expect([answer.status, await answer.json()]).toEqual(expected);
  });

  test("a function that takes longer than the route allows, in real time", async () => {
    const { front, clock } = await setUp(() => new Promise(() => {}));
    const answered = post(front);
    await expect.poll(() => clock.timers()).toBe(1);
    await clock.advance(29_999 * clock.speed);
    expect(clock.timers()).toBe(1);
    await clock.advance(clock.speed);
    const answer = await answered;
    expect([answer.status, await answer.json()]).toEqual(unavailable);
    expect(clock.timers()).toBe(0);
  });

  test("no timer is left once a function has answered", async () => {
    const { front, clock } = await setUp();
    await post(front);
    expect(clock.timers()).toBe(0);
  });
});

describe("a bad client", () => {
  const send = (front: HttpApiFront, bytes: string | Buffer, end: "wait" | "break"): Promise<string> =>
    new Promise((resolve) => {
      let answer = "";
      const socket = connect(Number(new URL(front.endpoint).port), "127.0.0.1", () => {
        socket.write(bytes, () => end === "break" && socket.destroy());
      });
      socket.on("data", (data) => {
        answer += data.toString("latin1");
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
    });

  test.each<readonly [rule: string, bytes: string | Buffer, end: "wait" | "break"]>([
    ["that speaks no HTTP", Buffer.from([0, 255, 13, 10, 13, 10]), "wait"],
    ["with a header that is none", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "wait"],
    [
      "that leaves in the middle of a body",
      "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
      "break",
    ],
    [
      "that leaves before the answer",
      "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
      "break",
    ],
  ])("%s does not disturb the next one", async (_rule, bytes, end) => {
    const { front } = await setUp();
    const answer = await send(front, bytes, end);
    if (end === "wait") expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await post(front)).status).toBe(200);
  });

  test("with a path that cannot be decoded gets an answer", async () => {
    const { front, calls } = await setUp();
    expect((await fetch(`${front.endpoint}/orders/%E0%A4%A`)).status).toBe(200);
    expect(calls).toMatchObject([["arn:GET:/orders/{id}", { pathParameters: { id: "%E0%A4%A" } }]]);
  });
});

test("a listener that throws costs no request", async () => {
  const front = await startHttpApi({
    api,
    clock: manualClock(),
    accountId: "1",
    region: "r",
    invoke: ok({}),
    observe: () => {
      throw new Error("listener");
    },
  });
  running.push(front);
  expect((await post(front)).status).toBe(200);
  expect((await post(front)).status).toBe(200);
});

test("stop closes the endpoint, also with a request under way", async () => {
  const { front, clock } = await setUp(() => new Promise(() => {}));
  const answered = post(front).catch(() => "cut off");
  await expect.poll(() => clock.timers()).toBe(1);
  await front.stop();
  expect(await answered).toBe("cut off");
  expect(clock.timers()).toBe(0);
  await expect(fetch(front.endpoint)).rejects.toThrow();
});
