import type { RedisClient } from "holdfast/idempotency/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createClientPool, createCluster } from "redis";

/** A connection through one of the real drivers. */
export interface Connection {
  readonly client: RedisClient;
  close(): void;
}

export interface Driver {
  readonly name: string;
  readonly cluster: boolean;
  connect(port: number): Promise<Connection>;
}

const host = "127.0.0.1";
// A connection that is killed on purpose is no news; the command that was under way tells.
const ignore = (): void => {};

/** The options of ioredis that tests set. */
export interface IoRedisOptions {
  readonly username?: string;
  readonly password?: string;
  readonly maxRetriesPerRequest?: number | null;
  readonly retryStrategy?: () => number;
}

export function ioredis(port: number, options: IoRedisOptions = {}): { client: Redis; close(): void } {
  const client = new Redis({ host, port, retryStrategy: () => 20, ...options });
  client.on("error", ignore);
  return { client, close: () => client.disconnect() };
}

async function nodeRedis(port: number, RESP: 2 | 3): Promise<Connection> {
  const client = createClient({ RESP, socket: { host, port, reconnectStrategy: () => 20 } });
  client.on("error", ignore);
  await client.connect();
  return { client, close: () => client.destroy() };
}

export const drivers: readonly Driver[] = [
  { name: "ioredis", cluster: false, connect: async (port) => ioredis(port) },
  { name: "node-redis", cluster: false, connect: (port) => nodeRedis(port, 3) },
  { name: "node-redis on RESP2", cluster: false, connect: (port) => nodeRedis(port, 2) },
  {
    name: "a pool of node-redis",
    cluster: false,
    async connect(port) {
      const client = createClientPool({ socket: { host, port } });
      client.on("error", ignore);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  },
  {
    name: "a cluster by ioredis",
    cluster: true,
    async connect(port) {
      const client = new Cluster([{ host, port }]);
      client.on("error", ignore);
      return { client, close: () => client.disconnect() };
    },
  },
  {
    name: "a cluster by node-redis",
    cluster: true,
    async connect(port) {
      const client = createCluster({ rootNodes: [{ socket: { host, port } }] });
      client.on("error", ignore);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  },
];
