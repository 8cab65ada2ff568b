import { redisStore } from "holdfast/idempotency/redis";
import { idempotencyStepContract, idempotencyStoreContract } from "holdfast/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Connection, drivers, ioredis } from "./drivers.ts";
import { startServer, type TestServer } from "./server.ts";

// A node that has never met another does not know its own address, which ioredis waits for without an end.
const CLUSTER = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"];

/** The one place where the contract meets the Lua scripts: `npm test` has no Redis. */
describe.each(drivers)("Redis store through $name", ({ cluster, connect }) => {
  let server: TestServer;
  let connection: Connection;
  let tests = 0;

  beforeAll(async () => {
    server = await startServer(cluster ? CLUSTER : []);
    if (cluster) await becomeCluster(server.port);
    connection = await connect(server.port);
  });
  afterAll(async () => {
    connection?.close();
    await server?.stop();
  });

  for (const rule of [...idempotencyStoreContract, ...idempotencyStepContract]) {
    test(rule.name, () => {
      tests += 1;
      return rule.run({ store: redisStore({ client: connection.client, keyPrefix: `test-${tests}:` }) });
    });
  }
});

/** A cluster of one node, which has all slots. */
async function becomeCluster(port: number): Promise<void> {
  const { client, close } = ioredis(port);
  await client.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  while (!String(await client.call("CLUSTER", "INFO")).includes("cluster_state:ok")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  close();
}
