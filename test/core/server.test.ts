import { createServer, type Server, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { type Call, rootCall, timeout, wrap } from "holdfast";
import { afterEach, expect, test } from "vitest";

let server: Server;
afterEach(() => new Promise((closed) => server.close(closed)));

/** A plain server: each request begins a call, which ends with its client. */
async function serve(work: (path: string, call: Call) => Promise<string>): Promise<string> {
  server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the client went away")));
    using call = rootCall({ signal: gone.signal, timeoutMs: 5_000 });
    const answer = await work(request.url ?? "", call).catch((error: Error) => error.message);
    response.end(answer);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("requests interleaved in a plain server each have their own call", async () => {
  const url = await serve(
    wrap(
      async (path: string, call) => {
        await new Promise((resolve) => setImmediate(resolve));
        return `${path} ${call.signal.aborted} ${call.deadlineMs < Number.POSITIVE_INFINITY}`;
      },
      timeout({ ms: 1_000 }),
    ),
  );
  const answers = await Promise.all(["/a", "/b", "/c"].map(async (path) => (await fetch(url + path)).text()));
  expect(answers).toEqual(["/a false true", "/b false true", "/c false true"]);
});

test("a client that goes away aborts what was begun for it", async () => {
  let begun: () => void = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let heard: (reason: unknown) => void = () => {};
  const reason = new Promise<unknown>((resolve) => {
    heard = resolve;
  });
  const url = await serve(
    wrap(
      (_: string, call: Call) => {
        call.signal.addEventListener("abort", () => heard(call.signal.reason));
        begun();
        return new Promise<string>(() => {});
      },
      timeout({ ms: 60_000 }),
    ),
  );
  const client = send(url);
  client.on("error", () => {});
  client.end();
  await started;
  client.destroy();
  expect(await reason).toEqual(new Error("the client went away"));
});
