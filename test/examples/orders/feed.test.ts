import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBody, startHttpServer } from "../../../examples/local/process/http-server.ts";
import { type FeedOptions, feed } from "../../../examples/orders/scenario/feed.ts";
import type { PlannedRequest } from "../../../examples/orders/scenario/requests.ts";

interface Sent {
  readonly key: string | undefined;
  readonly body: string;
}

let server: Awaited<ReturnType<typeof startHttpServer>>;
let sent: Sent[];
/** The status for the nth sending of all, from 1. */
let statusOf: (sending: number) => number;

beforeEach(async () => {
  sent = [];
  statusOf = () => 202;
  server = await startHttpServer(async (request, response) => {
    const { "idempotency-key": key } = request.headers;
    sent.push({ key: key === undefined ? undefined : String(key), body: await readBody(request, 1_000) });
    response.writeHead(statusOf(sent.length), { "retry-after": "0" }).end(`answer ${sent.length}`);
  });
});
afterEach(() => server.stop());

function request(key: string | undefined, repeatsAfter: readonly number[] = []): PlannedRequest {
  return { key, body: `body of ${key}`, repeatsAfter };
}

function send(requests: readonly PlannedRequest[], options: Partial<FeedOptions> = {}) {
  return feed(requests, {
    url: `http://127.0.0.1:${server.port}`,
    clients: 1,
    signal: new AbortController().signal,
    onAnswer: () => {},
    ...options,
  });
}

describe("feeding", () => {
  it("sends every request with its key, and without one where it has none", async () => {
    const fed = await send([request("a"), request(undefined)]);
    expect(sent).toEqual([
      { key: "a", body: "body of a" },
      { key: undefined, body: "body of undefined" },
    ]);
    expect(fed.map(({ answers }) => answers)).toEqual([
      [{ status: 202, body: "answer 1" }],
      [{ status: 202, body: "answer 2" }],
    ]);
  });

  it("sends a repeat as many requests later as it says, and keeps its answer with the original's", async () => {
    const fed = await send([request("a", [1, 0]), request("b"), request("c")]);
    expect(sent.map(({ key }) => key)).toEqual(["a", "a", "b", "a", "c"]);
    expect(fed[0]?.answers.map(({ body }) => body)).toEqual(["answer 1", "answer 2", "answer 4"]);
  });

  it.each([409, 429, 500, 503])("asks again after %d, and counts it", async (status) => {
    statusOf = (sending) => (sending < 3 ? status : 202);
    const [fed] = await send([request("a")]);
    expect(fed?.answers).toEqual([{ status: 202, body: "answer 3" }]);
    expect(fed?.askedAgain).toBe(2);
  });

  it.each([400, 422])("does not ask again after %d", async (status) => {
    statusOf = () => status;
    const [fed] = await send([request("a")]);
    expect([fed?.answers[0]?.status, fed?.askedAgain]).toEqual([status, 0]);
  });

  it("gives up at last, and keeps the last answer for the checks", async () => {
    statusOf = () => 503;
    const [fed] = await send([request("a")]);
    expect(fed?.answers).toEqual([{ status: 503, body: "answer 15" }]);
  });

  it("asks again when its connection is lost", async () => {
    const lossy = await startHttpServer((incoming, response) => {
      sent.push({ key: undefined, body: "" });
      if (sent.length === 1) incoming.socket.destroy();
      else response.writeHead(202).end("at last");
    });
    const [fed] = await send([request("a")], { url: `http://127.0.0.1:${lossy.port}` });
    expect(fed?.answers).toEqual([{ status: 202, body: "at last" }]);
    expect(fed?.askedAgain).toBe(1);
    await lossy.stop();
  });

  it("sends from several clients at once, each request by one of them", async () => {
    const requests = Array.from({ length: 50 }, (_, index) => request(`key-${index}`));
    const counts: number[] = [];
    await send(requests, { clients: 8, onAnswer: (answered) => void counts.push(answered) });
    expect(new Set(sent.map(({ key }) => key)).size).toBe(50);
    expect(sent).toHaveLength(50);
    expect(counts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it("ends when the run is interrupted", async () => {
    statusOf = () => 503;
    const interrupt = new AbortController();
    const feeding = send([request("a")], { signal: interrupt.signal });
    interrupt.abort();
    await expect(feeding).rejects.toThrow();
  });
});
