/**
 * What others were seen to get wrong with HTTP, as the right behaviour. "The peer" shows that AWS Lambda Powertools for
 * TypeScript (the version in package.json) does: when such a test fails it has mended that, and what is said of it must go.
 */
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { rootCall } from "holdfast";
import { idempotentHttp } from "holdfast/idempotency/http";
import { memoryStore } from "holdfast/idempotency/memory";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PowertoolsMemoryLayer } from "../../../bench/modules/idempotency/powertools-memory-layer.ts";
import { restEvent } from "./shapes.ts";

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}
type Handle = (event: APIGatewayProxyEvent) => Promise<Answer>;

const ours = (handle: Handle): Handle => {
  const fn = idempotentHttp((event: APIGatewayProxyEvent) => handle(event), {
    store: memoryStore(),
    operation: "create-order",
  });
  return (event) => fn(event, rootCall());
};

/** Keyed by the header, which a JMESPath expression names in one spelling. */
const peers = (handle: Handle): Handle =>
  makeIdempotent(handle, {
    persistenceStore: new PowertoolsMemoryLayer(),
    config: new IdempotencyConfig({ eventKeyJmesPath: 'headers."Idempotency-Key"' }),
  });

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const request = (key: string, name = "Idempotency-Key") => restEvent({ body: "{}", headers: [[name, key]] });

async function effectsOf(
  wrap: (handle: Handle) => Handle,
  events: readonly APIGatewayProxyEvent[],
  status = 201,
) {
  let effects = 0;
  const handle = wrap(async () => ({ statusCode: status, body: `${++effects}` }));
  for (const event of events) await handle(event).catch(() => {});
  return effects;
}

describe("a client that spells the header in another way", () => {
  const events = [request("k", "idempotency-key"), request("k", "idempotency-key")];
  test("is known again", async () => expect(await effectsOf(ours, events)).toBe(1));
  test("the peer has the effect twice", async () => expect(await effectsOf(peers, events)).toBe(2));
});

describe("a client that puts the same key in quotes, as the draft asks", () => {
  const events = [request("k"), request('"k"')];
  test("is known again", async () => expect(await effectsOf(ours, events)).toBe(1));
  test("the peer has the effect twice", async () => expect(await effectsOf(peers, events)).toBe(2));
});

describe("an answer 503", () => {
  const events = [request("k"), request("k")];
  test("is no reason to answer 503 for good", async () => expect(await effectsOf(ours, events, 503)).toBe(2));
  test("the peer gives it again as long as it remembers", async () =>
    expect(await effectsOf(peers, events, 503)).toBe(1));
});

describe("a repeat while the first request goes on", () => {
  async function both(wrap: (handle: Handle) => Handle) {
    const first = Promise.withResolvers<Answer>();
    const handle = wrap(() => first.promise);
    const running = handle(request("k"));
    await new Promise(setImmediate);
    const repeat = await handle(request("k")).catch((error: Error) => error);
    first.resolve({ statusCode: 201, body: "" });
    await running;
    return repeat;
  }
  test("is told 409", async () => expect(await both(ours)).toMatchObject({ statusCode: 409 }));
  test("the peer throws: the client is told 500", async () =>
    expect(await both(peers)).toBeInstanceOf(Error));
});

describe("a key that comes with another request", () => {
  async function second(wrap: (handle: Handle) => Handle) {
    const handle = wrap(async ({ path }) => ({ statusCode: 200, body: path }));
    await handle(request("k"));
    return handle({ ...request("k"), path: "/refunds" });
  }
  test("is 422", async () => expect(await second(ours)).toMatchObject({ statusCode: 422 }));
  test("the peer, unless it is told what to compare, gives the other request's answer", async () =>
    expect(await second(peers)).toMatchObject({ body: "/orders" }));
});
