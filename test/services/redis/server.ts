import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "../../../examples/local/process/child.ts";
import { freePort } from "../../../examples/local/process/free-port.ts";
import { startReaper } from "../../../examples/local/process/reaper.ts";

/** A redis-server, or valkey-server, on a loopback port, which keeps nothing on disk. */
export interface TestServer {
  readonly port: number;
  /** Ends it, and starts another on the same port, which knows nothing. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server that `npm run test:services` names. `options` are those of its command line. */
export async function startServer(options: readonly string[] = []): Promise<TestServer> {
  const program = process.env["HOLDFAST_TEST_REDIS_SERVER"];
  if (program === undefined) throw new Error("no redis-server: npm run test:services -- --only redis");
  const folder = await mkdtemp(join(tmpdir(), "redis-"));
  const reaper = startReaper();
  reaper.watchFolder(folder);
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];

  async function start(): Promise<Child> {
    let ready = (): void => {};
    const lines: string[] = [];
    const answers = new Promise<true>((resolve) => {
      ready = () => resolve(true);
    });
    const child = startChild({
      command: program ?? "",
      args: [...args, "--dir", folder, ...options],
      env: { PATH: process.env["PATH"], LD_LIBRARY_PATH: process.env["HOLDFAST_TEST_REDIS_LIBRARIES"] },
      reaper,
      onLine(line) {
        lines.push(line);
        if (line.includes("Ready to accept connections")) ready();
      },
    });
    const started = await Promise.race([answers, child.exited]);
    if (started !== true) throw new Error(`${program} did not start:\n${lines.slice(-10).join("\n")}`);
    return child;
  }

  async function end(child: Child): Promise<void> {
    child.signal("SIGKILL");
    await child.exited;
  }

  let child = await start();
  return {
    port,
    async restart() {
      await end(child);
      child = await start();
    },
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
      await reaper.stop();
    },
  };
}
