/** What is particular to a Request and a Response: bodies that are streams, and can be read once. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Call, rootCall } from "holdfast";
import { inspect, settle } from "holdfast/idempotency/admin";
import { type IdempotentFetchOptions, idempotentFetch } from "holdfast/idempotency/http";
import { memoryStore } from "holdfast/idempotency/memory";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";

const request = (init: RequestInit = {}): Request =>
  new Request("https://api.example.com/orders", {
    method: "POST",
    body: '{"amount":500}',
    headers: { "Idempotency-Key": "k" },
    ...init,
  });
const clock = manualRuntime();
const call = (): Call => rootCall({ runtime: clock });
const options = <I>(more: Partial<IdempotentFetchOptions<I>> = {}): IdempotentFetchOptions<I> => ({
  store: memoryStore(),
  operation: "create-order",
  ...more,
});

test("the function reads the body, which was compared before", async () => {
  const create = idempotentFetch(async (req: Request) => Response.json(await req.json()), options());
  expect(await (await create(request(), call())).json()).toEqual({ amount: 500 });
  expect((await create(request({ body: "{}" }), call())).status).toBe(422);
});

test.each([204, 205, 304])("an answer without a body, %i, is one again", async (status) => {
  const create = idempotentFetch(
    async (_: Request) => new Response(null, { status, headers: { ETag: '"1"' } }),
    options(),
  );
  for (const replayed of [null, "true"]) {
    const response = await create(request(), call());
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
    expect(response.headers.get("etag")).toBe('"1"');
    expect(response.headers.get("idempotency-replayed")).toBe(replayed);
  }
});

test("headers of the connection, and its date, are not replayed; several cookies stay apart where cookies are", async () => {
  const create = idempotentFetch(
    async (_: Request) => {
      const headers = new Headers({
        Date: "Wed, 21 Oct 2026 07:28:00 GMT",
        "Keep-Alive": "timeout=5",
        Location: "/1",
      });
      headers.append("Set-Cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT");
      headers.append("Set-Cookie", "b=2");
      return new Response("x", { status: 201, statusText: "Made", headers });
    },
    options({ forgetHeaders: [] }),
  );
  await create(request(), call());
  const again = await create(request(), call());
  expect([...again.headers.keys()].sort()).toEqual([
    "content-type",
    "idempotency-replayed",
    "location",
    "set-cookie",
    "set-cookie",
  ]);
  expect(again.headers.getSetCookie()).toHaveLength(2);
  expect(again.statusText).toBe("Made");
});

describe("a body that is a stream", () => {
  function streamed(chunks: number, size: number): Response {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ === chunks) controller.close();
        else controller.enqueue(new Uint8Array(size).fill(sent));
      },
    });
    return new Response(body, { status: 200 });
  }

  test("is remembered up to the limit, and comes whole the first time beyond it; then a repeat is 409, and no second effect", async () => {
    for (const [maxBodyBytes, status] of [
      [400, 200],
      [399, 409],
    ] as const) {
      let runs = 0;
      const create = idempotentFetch(async (_: Request) => {
        runs += 1;
        return streamed(4, 100);
      }, options({ maxBodyBytes }));
      const first = new Uint8Array(await (await create(request(), call())).arrayBuffer());
      expect(first).toEqual(new Uint8Array(400).map((_, i) => Math.floor(i / 100) + 1));
      const again = await create(request(), call());
      expect(again.status).toBe(status);
      if (status === 200) expect(new Uint8Array(await again.arrayBuffer())).toEqual(first);
      expect(runs).toBe(1);
    }
  });

  test.each(["text/event-stream", "Text/Event-Stream; charset=utf-8"])(
    "that is for events (%s) goes to the client as they happen",
    async (type) => {
      const events = new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from("data: 1\n\n")),
      });
      const create = idempotentFetch(
        async (_: Request) => new Response(events, { headers: { "Content-Type": type } }),
        options(),
      );
      const reader = (await create(request(), call())).body?.getReader();
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("data: 1\n\n");
      await reader?.cancel();
      expect((await create(request(), call())).status).toBe(409);
    },
  );

  test("that never ends is over when the call is: what makes it is told, and the key is released", async () => {
    let runs = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const create = idempotentFetch(async (_: Request) => {
      runs += 1;
      return new Response(runs === 1 ? endless : "done");
    }, options());
    const first = create(request(), rootCall({ runtime: clock, timeoutMs: 1_000 }));
    await expect(clock.run(first)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(cancelled).toBe(true);
    expect(await (await create(request(), call())).text()).toBe("done");
  });

  test("that breaks is a failure of the function", async () => {
    let runs = 0;
    const create = idempotentFetch(async (_: Request) => {
      runs += 1;
      const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) });
      return new Response(runs === 1 ? broken : "done");
    }, options());
    await expect(create(request(), call())).rejects.toThrow("broken");
    expect(await (await create(request(), call())).text()).toBe("done");
  });
});

describe("a context that carries the request", () => {
  /** As Hono's: it remembers what it read of the body. */
  function contextOf(raw: Request) {
    let read: Promise<ArrayBuffer> | undefined;
    const arrayBuffer = () => {
      read ??= raw.arrayBuffer();
      return read;
    };
    return {
      req: { raw, arrayBuffer, json: async () => JSON.parse(Buffer.from(await arrayBuffer()).toString()) },
      get: (_: "user") => raw.headers.get("x-user"),
      json: (value: unknown, status: number) => Response.json(value, { status }),
    };
  }
  type Context = ReturnType<typeof contextOf>;
  const make = () => {
    let runs = 0;
    return idempotentFetch(
      async (c: Context) => c.json({ run: ++runs, amount: (await c.req.json()).amount }, 201),
      options<Context>({ tenant: (c) => c.get("user") }),
    );
  };
  const by = (user: string) => contextOf(request({ headers: { "Idempotency-Key": "k", "x-user": user } }));

  test("is what the function and its tenant are given", async () => {
    const create = make();
    const bodies = [];
    for (const user of ["a", "a", "b"]) bodies.push(await (await create(by(user), call())).text());
    expect(bodies).toEqual(['{"run":1,"amount":500}', '{"run":1,"amount":500}', '{"run":2,"amount":500}']);
  });

  test("may have it as its request", async () => {
    const create = idempotentFetch(
      async (event: { request: Request; locals: { user: string } }) =>
        Response.json(await event.request.json()),
      options<{ request: Request; locals: { user: string } }>({ tenant: ({ locals }) => locals.user }),
    );
    for (const replayed of [null, "true"]) {
      const response = await create({ request: request(), locals: { user: "a" } }, call());
      expect(await response.json()).toEqual({ amount: 500 });
      expect(response.headers.get("idempotency-replayed")).toBe(replayed);
    }
  });

  test("may have read the body before", async () => {
    const create = make();
    const context = by("a");
    await context.req.json();
    expect((await create(context, call())).status).toBe(201);
    expect((await create(by("a"), call())).headers.get("idempotency-replayed")).toBe("true");
  });
});

test("a body that was read before cannot be compared: nothing runs, and it is said what to do", async () => {
  let runs = 0;
  const create = idempotentFetch(async (_: Request) => new Response(`${++runs}`), options());
  const used = request();
  await used.text();
  await expect(create(used, call())).rejects.toMatchObject({ code: "BODY_USED" });
  expect(runs).toBe(0);
});

test("a request whose body does not end is over when its call is, and nothing runs", async () => {
  let runs = 0;
  const create = idempotentFetch(async (_: Request) => Response.json(++runs), options());
  const endless = request({ body: new ReadableStream(), duplex: "half" } as RequestInit);
  const answer = create(endless, rootCall({ runtime: clock, timeoutMs: 1_000 })).catch(
    (error: unknown) => error,
  );
  expect(await clock.run(answer)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(runs).toBe(0);
});

test.each([undefined, "x", {}, { req: {} }])("what is no request is refused: %j", async (wrong) => {
  const create = idempotentFetch(async (_: Request) => new Response(), options());
  await expect(create(wrong as unknown as Request, call())).rejects.toMatchObject({ code: "WRONG_EVENT" });
});

test.each([undefined, "x", { statusCode: 200 }])(
  "an answer that is no Response is an error: %j",
  async (wrong) => {
    const store = memoryStore();
    const create = idempotentFetch(async (_: Request) => wrong as unknown as Response, options({ store }));
    await expect(create(request(), call())).rejects.toMatchObject({ code: "NO_RESPONSE" });
    const transacting = idempotentFetch(
      async (_: Request, { unit }) => unit.transact([{ put: 1 }], wrong as unknown as Response),
      options({ store, operation: "transact" }),
    );
    await expect(transacting(request(), call())).rejects.toMatchObject({ code: "NO_RESPONSE" });
    expect(store.applied).toEqual([]);
  },
);

describe("a transaction that the function does not await", () => {
  const slow = (): Response =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          for (let i = 0; i < 20; i++) await Promise.resolve();
          controller.enqueue(Buffer.from("recorded"));
          controller.close();
        },
      }),
      { status: 201 },
    );

  test("is waited for, and its answer is the client's", async () => {
    const store = memoryStore();
    const create = idempotentFetch(async (_: Request, { unit }) => {
      void unit.transact([{ put: 1 }], slow());
      return new Response(null, { status: 204 });
    }, options({ store }));
    for (let i = 0; i < 2; i++) expect(await (await create(request(), call())).text()).toBe("recorded");
    expect(store.applied).toEqual([{ put: 1 }]);
  });

  test("is waited for where the function fails meanwhile: it counts for repeats", async () => {
    const store = memoryStore();
    const create = idempotentFetch(async (_: Request, { unit }): Promise<Response> => {
      void unit.transact([{ put: 1 }], slow());
      throw new Error("meanwhile");
    }, options({ store }));
    await expect(create(request(), call())).rejects.toThrow("meanwhile");
    expect(await (await create(request(), call())).text()).toBe("recorded");
    expect(store.applied).toEqual([{ put: 1 }]);
  });

  test("fails the function where it is refused", async () => {
    const create = idempotentFetch(async (_: Request, { unit }) => {
      const item = () => {
        throw new Error("refused");
      };
      void unit.transact([item], slow());
      return new Response("done");
    }, options());
    await expect(create(request(), call())).rejects.toMatchObject({ code: "IDEMPOTENCY_ITEM_REFUSED" });
  });
});

test("what a person settled in another form is the JSON of a 200", async () => {
  const store = memoryStore();
  let id = "";
  const create = idempotentFetch(
    async (_: Request, { unit }): Promise<Response> => {
      id = unit.id;
      throw new Error("unknown");
    },
    options({ store, onError: () => "unknown-outcome" }),
  );
  await expect(create(request(), call())).rejects.toThrow("unknown");
  expect((await create(request(), call())).status).toBe(409);
  const seen = await inspect(store, id, call());
  if (seen === undefined) throw new Error("There is no record.");
  await settle(store, seen, { as: "completed", result: { sent: true } }, call());
  const response = await create(request(), call());
  expect(response.headers.get("idempotency-replayed")).toBe("true");
  expect(await response.json()).toEqual({ sent: true });
});

test("a server of Node answers a request once, over the network", async () => {
  let effects = 0;
  const create = idempotentFetch(
    async (req: Request) => Response.json({ effect: ++effects, got: await req.text() }),
    options(),
  );
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    );
    const response = await create(
      new Request(`http://localhost${incoming.url}`, {
        method: incoming.method ?? "GET",
        headers,
        body: Buffer.concat(chunks),
      }),
      rootCall({ timeoutMs: 5_000 }),
    );
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const send = () =>
      fetch(`http://127.0.0.1:${port}/orders`, {
        method: "POST",
        body: "x",
        headers: { "IDEMPOTENCY-KEY": '"k"' },
      });
    expect(await (await send()).json()).toEqual({ effect: 1, got: "x" });
    const again = await send();
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).toEqual({ effect: 1, got: "x" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
