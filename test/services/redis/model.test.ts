import { redisStore } from "holdfast/idempotency/redis";
import { afterAll, beforeAll, test } from "vitest";
import { behavesLikeMemory } from "../../support/store-model.ts";
import { type Connection, drivers } from "./drivers.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
const connections: Connection[] = [];
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  await server?.stop();
});

test.each(["ioredis", "node-redis"])(
  "through %s, any series of requests is answered as in memory",
  async (name) => {
    const connection = await drivers.find((driver) => driver.name === name)?.connect(server.port);
    if (connection === undefined) throw new Error(`no driver is called ${name}`);
    connections.push(connection);
    let stores = 0;
    await behavesLikeMemory(() => {
      stores += 1;
      return redisStore({ client: connection.client, keyPrefix: `${name}-${stores}:` });
    }, 150);
  },
);
