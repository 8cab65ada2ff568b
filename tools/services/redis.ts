import { join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { apt, librariesIn, unpackPackages } from "./debian.ts";
import type { SecondOpinion } from "./second-opinion.ts";

/** The server, and the libraries of it that a machine may not have. */
const PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];
const folder = join(cacheFolder, "redis");
const server = join(folder, "root/usr/bin/redis-server");

/** The Redis store, on the server itself. The tests start as many as they need, and stop them. */
export const redis: SecondOpinion = {
  name: "redis",
  says: "the idempotency store keeps its promises on Redis, through ioredis and through node-redis",
  from: "redis-server as the machine's Debian or Ubuntu has it (Redis 7 is BSD-3-Clause, 8 AGPL-3.0 among others)",
  needs: [apt],
  install: (run) =>
    installOnce("redis", PACKAGES.join(), async () => {
      await unpackPackages(run, PACKAGES, folder);
      await run.command(server, ["--version"], { env: { LD_LIBRARY_PATH: librariesIn(folder) } });
    }),
  start: async () => ({
    environment: { HOLDFAST_TEST_REDIS_SERVER: server, HOLDFAST_TEST_REDIS_LIBRARIES: librariesIn(folder) },
    stop: async () => {},
  }),
  tests: ["test/services/redis"],
};
