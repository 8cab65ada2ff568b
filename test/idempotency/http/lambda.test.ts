/** What is Lambda's alone: the forms of its events and answers. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type Call, type Fact, type LambdaCall, observed, rootCall, wrap, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { idempotent, type WithUnit } from "holdfast/idempotency";
import { inspect, settle } from "holdfast/idempotency/admin";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { type HttpEvent, idempotentHttp } from "holdfast/idempotency/http";
import { memoryStore } from "holdfast/idempotency/memory";
import { logged } from "holdfast/observability";
import { type CrashProcess, exploreCrashes, fakeContext, manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";
import { withWrites } from "../../support/store-writes.ts";
import { albEvent, httpApiEvent, restEvent } from "./shapes.ts";

const KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324";
const request = { body: "{}", headers: [["Idempotency-Key", KEY]] } as const;
const options = () => ({ store: memoryStore(), operation: "create-order" });
const clock = manualRuntime();
const call = (): Call => rootCall({ runtime: clock });

test("the answer of a handler comes through policies, and its log line says that it was replayed", async () => {
  const lines: string[] = [];
  const runtime = manualRuntime();
  const create = idempotentHttp(
    async (event: APIGatewayProxyEventV2, { context, unit }: LambdaCall & WithUnit) => ({
      statusCode: 201,
      body: JSON.stringify([event.rawPath, context.functionName, unit.id.startsWith("create-order#")]),
    }),
    options(),
  );
  const handler = wrapHandler(create, logged({ write: (line) => lines.push(line) }));
  for (let i = 0; i < 2; i++) {
    expect(await handler(httpApiEvent(request), fakeContext({ runtime, functionName: "api" }))).toMatchObject(
      {
        statusCode: 201,
        body: '["/orders","api",true]',
      },
    );
  }
  expect(lines.map((line) => Boolean(JSON.parse(line).replayed))).toEqual([false, true]);
});

describe("an answer of payload format 2.0 without a status", () => {
  test.each([
    ["an object", { id: 1, at: new Date(0) }, '{"id":1,"at":"1970-01-01T00:00:00.000Z"}'],
    ["a text", "Hello", "Hello"],
    ["nothing", undefined, "null"],
    ["a list", [1], "[1]"],
  ])("that is %s is the body of a 200 in a repeat as it was before", async (_what, answer, body) => {
    const fn = idempotentHttp(async (_: HttpEvent) => answer as unknown, options());
    expect(await fn(httpApiEvent(request), call())).toEqual(answer);
    expect(await fn(httpApiEvent(request), call())).toEqual({
      statusCode: 200,
      headers: { "content-type": "application/json", "Idempotency-Replayed": "true" },
      body,
      isBase64Encoded: false,
    });
  });

  test("is left as it is where the gateway reads no such answers", async () => {
    const fn = idempotentHttp(async (_: HttpEvent) => ({ id: 1 }), options());
    for (let i = 0; i < 2; i++) expect(await fn(restEvent(request), call())).toEqual({ id: 1 });
  });
});

test("an answer is marked in the place that its sender reads", async () => {
  const fn = idempotentHttp(
    async (_: HttpEvent) => ({ statusCode: "200", multiValueHeaders: { Link: ["a", "b"] }, extra: 1 }),
    options(),
  );
  await fn(restEvent(request), call());
  const multiValueHeaders = { Link: ["a", "b"], "Idempotency-Replayed": ["true"] };
  const kept = { statusCode: "200", extra: 1 };
  expect(await fn(restEvent(request), call())).toEqual({ ...kept, multiValueHeaders });
});

test("a load balancer is told the status in words, and many values where it reads them alone", async () => {
  const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), options());
  expect(await fn(albEvent({}, false), call())).toMatchObject({
    statusCode: 400,
    statusDescription: "400 Bad Request",
    headers: { "Content-Type": "application/problem+json" },
    isBase64Encoded: false,
  });
  const many = await fn(albEvent({}, true), call());
  expect(many).toMatchObject({ multiValueHeaders: { "Content-Type": ["application/problem+json"] } });
  expect(many).not.toHaveProperty("headers");
});

describe("problems", () => {
  const documentation = "https://developer.example.com/idempotency";

  test("name the page that explains keys, as the draft's do (section 2.7)", async () => {
    const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), { ...options(), documentation });
    const answer = await fn(httpApiEvent({}), call());
    expect(JSON.parse((answer as { body: string }).body)).toEqual({
      type: documentation,
      title: "Idempotency-Key is missing",
      status: 400,
      detail: expect.stringContaining("Idempotency-Key"),
      code: "IDEMPOTENCY_KEY_MISSING",
    });
  });

  test("without a page are about:blank, with the status' own phrase (RFC 9457, section 4.2.1)", async () => {
    const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), options());
    await fn(httpApiEvent(request), call());
    const answer = await fn(httpApiEvent({ ...request, body: "[]" }), call());
    expect(JSON.parse((answer as { body: string }).body)).toMatchObject({
      type: "about:blank",
      title: "Unprocessable Content",
      status: 422,
    });
  });

  test("are told to observers with their error, for nobody else sees it", async () => {
    const facts: Fact[] = [];
    const cause = new Error("down");
    const down = { ...memoryStore(), claim: () => Promise.reject(cause) };
    const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), { ...options(), store: down });
    await wrap(
      fn,
      observed((fact) => facts.push(fact)),
    )(httpApiEvent(request), call());
    expect(facts).toContainEqual(
      expect.objectContaining({
        type: "http.problem",
        status: 503,
        error: expect.objectContaining({ cause }),
      }),
    );
  });
});

test("observers are told of answers that were not recorded, and of requests that ran without a key", async () => {
  const facts: Fact[] = [];
  const down = withWrites(memoryStore(), { complete: () => Promise.reject(new Error("down")) });
  const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), {
    ...options(),
    store: down,
    onMissingKey: "run",
  });
  const seen = wrap(
    fn,
    observed((fact) => facts.push(fact)),
  );
  await seen(httpApiEvent(request), call());
  await seen(httpApiEvent({}), call());
  const operation = "create-order";
  const error = expect.objectContaining({ code: "IDEMPOTENCY_STORE" });
  expect(facts).toContainEqual({ type: "http.answer-not-recorded", operation, error });
  expect(facts).toContainEqual({ type: "idempotency.key-missing", operation });
});

test("methods count in any casing", async () => {
  const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), {
    ...options(),
    methods: ["post"],
  });
  expect(await fn(httpApiEvent({ method: "POST" }), call())).toMatchObject({ statusCode: 400 });
  expect(await fn(restEvent({ method: "post" }), call())).toMatchObject({ statusCode: 400 });
  expect(await fn(restEvent({ method: "GET" }), call())).toMatchObject({ statusCode: 200 });
});

test("what a person settles is the answer of repeats", async () => {
  const store = memoryStore();
  const fn = idempotentHttp(
    async (event: HttpEvent, { unit }) => {
      throw new Error(unit.id + event.body);
    },
    { ...options(), store, onError: () => "unknown-outcome" },
  );
  const failure: Error = await fn(httpApiEvent(request), call()).then(Object, (error) => error);
  const seen = await inspect(store, failure.message.slice(0, -2), call());
  if (seen === undefined) throw new Error("There is no record.");
  await settle(store, seen, { as: "completed", result: { statusCode: 201, body: "settled" } }, call());
  expect(await fn(httpApiEvent(request), call())).toEqual({
    statusCode: 201,
    headers: { "Idempotency-Replayed": "true" },
    body: "settled",
  });
});

test("the header can have another name", async () => {
  const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), {
    ...options(),
    header: "X-Request-Id",
  });
  const answers = [];
  for (let i = 0; i < 2; i++) answers.push(await fn(restEvent({ headers: [["x-request-ID", "1"]] }), call()));
  expect(answers[1]).toHaveProperty("headers", { "Idempotency-Replayed": "true" });
});

test("what must be equal can be said otherwise, and sees the decoded body", async () => {
  let runs = 0;
  const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200, body: `${++runs}` }), {
    ...options(),
    payload: (_, { body }) => JSON.parse(new TextDecoder().decode(body)).amount,
  });
  const send = (body: string | Uint8Array) => fn(httpApiEvent({ ...request, body }), call());
  await send('{"amount":1,"at":1}');
  expect(await send(Buffer.from('{"at":2,"amount":1}'))).toMatchObject({ statusCode: 200, body: "1" });
  expect(await send('{"amount":2,"at":1}')).toMatchObject({ statusCode: 422 });
});

test.each([
  ["an SQS event", { Records: [] }],
  ["nothing", undefined],
  ["a text", "x"],
])("%s is refused before anything is asked or run", async (_what, event) => {
  const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200 }), options());
  await expect(fn(event as HttpEvent, call())).rejects.toMatchObject({ code: "WRONG_EVENT" });
});

test("a remembered error is thrown again, and an unknown outcome is 409", async () => {
  let runs = 0;
  const after = { declined: "remember", timeout: "unknown-outcome" } as const;
  const fn = idempotentHttp(
    async ({ body }: HttpEvent) => {
      runs += 1;
      throw new Error(String(body));
    },
    { ...options(), onError: (error) => after[(error as Error).message as keyof typeof after] },
  );
  const send = (body: keyof typeof after) =>
    fn(httpApiEvent({ body, headers: [["Idempotency-Key", body]] }), call());
  await expect(send("declined")).rejects.toThrow("declined");
  await expect(send("declined")).rejects.toThrow("declined");
  await expect(send("timeout")).rejects.toThrow("timeout");
  expect(await send("timeout")).toMatchObject({ statusCode: 409 });
  expect(runs).toBe(2);
});

test("the kill switch lets every request run, with a key or without", async () => {
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    let runs = 0;
    const fn = idempotentHttp(async (_: HttpEvent) => ({ statusCode: 200, body: `${++runs}` }), options());
    for (const event of [request, request, {}, { headers: [["idempotency-key", '"']] as const }]) {
      expect(await fn(httpApiEvent(event), call())).toMatchObject({ statusCode: 200 });
    }
    expect(runs).toBe(4);
    expect(error).toHaveBeenCalledTimes(1);
  } finally {
    vi.unstubAllEnvs();
    error.mockRestore();
  }
});

test.each<[string, object]>([
  ["tenant", { tenant: "acme" }],
  ["methods", { methods: "POST" }],
  ["header", { header: "Idempotency Key" }],
  ["keyFormat", { keyFormat: /a/g }],
  ["inFlight", { inFlight: { skip: 1 } }],
  ["rememberWhen", { rememberWhen: [200] }],
  ["no option", { key: () => "a" }],
  ["store", { store: undefined }],
])("a wrong option is told at once: %s", (what, wrong) => {
  expect(() => idempotentHttp(async (_: HttpEvent) => 1, { ...options(), ...wrong })).toThrow(what);
});

describe("whatever await the process dies at", () => {
  const event = httpApiEvent(request);
  interface Ledger {
    lines: number;
    answers: Set<string>;
  }
  /** `post` is a request's function; a client sends until it is answered below 500, and other than 409. */
  const world =
    (
      make: (
        book: Ledger,
        store: ReturnType<typeof memoryStore>,
      ) => (event: HttpEvent, call: Call) => Promise<unknown>,
    ) =>
    () => {
      const memory = memoryStore();
      const book: Ledger = { lines: 0, answers: new Set() };
      return {
        start({ watch, runtime }: CrashProcess) {
          const post = make(book, watch("store", memory));
          return async () => {
            const answer = (await post(event, rootCall({ runtime, timeoutMs: 30_000 }))) as Answer;
            if (answer.statusCode !== 201) throw new Error(`${answer.statusCode}`);
            book.answers.add(answer.body);
          };
        },
        check() {
          expect(book.lines, "lines").toBe(1);
          expect(book.answers.size, "answers").toBe(1);
        },
      };
    };
  interface Answer {
    readonly statusCode: number;
    readonly body: string;
  }
  let ids = 0;
  const withLine = (book: Ledger) => [
    () => {
      book.lines += 1;
    },
  ];

  test("effects in the transaction happen once, and all who are answered get the same answer", async () => {
    const { isComplete, schedules } = await exploreCrashes(
      world((book, store) =>
        idempotentHttp(
          async (_: HttpEvent, { unit }) =>
            unit.transact(withLine(book), { statusCode: 201, body: `${++ids}` }),
          { store, operation: "post" },
        ),
      ),
      { maxFaults: 2 },
    );
    expect(isComplete).toBe(true);
    expect(schedules).toBeGreaterThan(50);
  });

  test("the control: where requests are told apart by something new each time, they do not", async () => {
    const without = world((book, store) =>
      idempotent(
        async (_: HttpEvent, { unit }) =>
          unit.transact(withLine(book), { statusCode: 201, body: `${++ids}` }),
        {
          store,
          operation: "post",
          key: () => `${++ids}`,
        },
      ),
    );
    await expect(exploreCrashes(without)).rejects.toThrow(/lines/);
  });
});

describe("on DynamoDB", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  test("twenty at once have one effect, and one answer", async () => {
    const TableName = await dynamo.newTable();
    const store = dynamoDBStore({ transport: dynamoDBTransport(dynamo.clientFor()), tableName: TableName });
    const count = {
      Update: {
        TableName,
        Key: { id: { S: "total" } },
        UpdateExpression: "ADD effects :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      },
    };
    let runs = 0;
    const create = idempotentHttp(
      async (event: APIGatewayProxyEventV2, { unit }) => {
        const body = Buffer.from([0, 255, ++runs]).toString("base64");
        return unit.transact([count], {
          statusCode: 201,
          headers: { Location: event.rawPath },
          body,
          isBase64Encoded: true,
        });
      },
      { store, operation: "create-order", inFlight: "wait" },
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => create(httpApiEvent(request), rootCall({ timeoutMs: 20_000 }))),
    );
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(
      answers.filter(({ headers }) => headers !== undefined && "Idempotency-Replayed" in headers),
    ).toHaveLength(19);
    expect(await dynamo.numberOf(TableName, "total", "effects")).toBe(1);
  });
});
