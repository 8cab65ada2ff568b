import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Fate,
  type PassingRequest,
  startLossyProxy,
} from "../../../examples/local/faults/lossy-proxy.ts";
import { readBody, startHttpServer } from "../../../examples/local/process/http-server.ts";

type Proxy = Awaited<ReturnType<typeof startLossyProxy>>;

let service: Awaited<ReturnType<typeof startHttpServer>>;
let served: string[];
let proxy: Proxy | undefined;

beforeEach(async () => {
  served = [];
  service = await startHttpServer(async (incoming, response) => {
    const body = await readBody(incoming, 1_000);
    served.push(`${incoming.method} ${incoming.url} ${body}`);
    response.writeHead(418, { "x-served": "yes" }).end(`answer to ${body}`);
  });
});
afterEach(async () => {
  await proxy?.stop();
  await service.stop();
});

async function start(plan: (request: PassingRequest) => Fate): Promise<Proxy> {
  proxy = await startLossyProxy({ target: () => `http://127.0.0.1:${service.port}`, plan });
  return proxy;
}

function call(endpoint: string, operation: string, body: string): Promise<Response> {
  const headers = { "x-amz-target": `DynamoDB_20120810.${operation}` };
  return fetch(`${endpoint}/path?a=b`, { method: "POST", headers, body });
}

describe("the lossy proxy", () => {
  it("delivers a request and its reply as they are", async () => {
    const { endpoint } = await start(() => "deliver");
    const response = await call(endpoint, "PutItem", "one");
    expect([response.status, response.headers.get("x-served")]).toEqual([418, "yes"]);
    expect(await response.text()).toBe("answer to one");
    expect(served).toEqual(["POST /path?a=b one"]);
  });

  it("loses a reply after the service has done the work", async () => {
    const { endpoint } = await start(() => "lose-reply");
    await expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    expect(served).toEqual(["POST /path?a=b one"]);
  });

  it("loses a request before the service hears of it", async () => {
    const { endpoint } = await start(() => "lose-request");
    await expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    expect(served).toEqual([]);
  });

  it("asks its plan with the operation, the body and how many of the operation came, and keeps them", async () => {
    const { endpoint, seen } = await start(({ count }) => (count === 2 ? "lose-request" : "deliver"));
    await call(endpoint, "PutItem", "one");
    await call(endpoint, "GetItem", "two");
    await expect(call(endpoint, "PutItem", "three")).rejects.toThrow("fetch failed");
    expect(seen).toEqual([
      { operation: "PutItem", body: "one", count: 1 },
      { operation: "GetItem", body: "two", count: 1 },
      { operation: "PutItem", body: "three", count: 2 },
    ]);
  });

  it("resets the connection when the service cannot be reached, and goes on", async () => {
    const { endpoint } = await start(() => "deliver");
    await service.stop();
    await expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    await expect(call(endpoint, "PutItem", "two")).rejects.toThrow("fetch failed");
  });

  it("survives a client that dies half-way through its request, of which the service never hears", async () => {
    const { endpoint } = await start(() => "deliver");
    const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");
    await once(socket, "connect");
    socket.resetAndDestroy();
    await call(endpoint, "PutItem", "next");
    expect(served).toEqual(["POST /path?a=b next"]);
  });

  it("survives a service that dies half-way through its reply", async () => {
    const dying = await startHttpServer((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
    });
    proxy = await startLossyProxy({
      target: () => `http://127.0.0.1:${dying.port}`,
      plan: () => "deliver",
    });
    await expect(call(proxy.endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    await dying.stop();
  });

  it("leaves no connection open when it is stopped", async () => {
    const { endpoint, stop } = await start(() => "deliver");
    const client = request(endpoint, { method: "POST" });
    client.write("never ended");
    const [error] = await Promise.all([once(client, "error"), once(client, "socket").then(() => stop())]);
    expect(error[0]).toMatchObject({ code: "ECONNRESET" });
  });
});
