import { freePort } from "../../examples/local/process/free-port.ts";
import type { Run } from "./run.ts";
import type { Started } from "./second-opinion.ts";

const START_ATTEMPTS = 3;
const START_MS = 30_000;

/**
 * Starts a program that serves HTTP on a loopback port it is told, and waits until it answers.
 *
 * @throws Error with its last words when it does not.
 */
export async function startServer(
  run: Run,
  server: {
    readonly name: string;
    readonly command: string;
    readonly args: (port: number) => readonly string[];
    /** A path that it answers with 200. */
    readonly path: string;
    readonly environment: (endpoint: string) => Readonly<Record<string, string>>;
  },
): Promise<Started> {
  const lines: string[] = [];
  // Another program may take the port before ours listens; then ours ends, and gets another port.
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const child = run.start(server.command, server.args(port), {
      onLine(line) {
        lines.push(line);
        if (lines.length > 20) lines.shift();
      },
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const stop = async (): Promise<void> => {
      child.signal("SIGKILL");
      await child.exited;
    };
    const ended = child.exited.then(() => false);
    if (await Promise.race([answers(endpoint + server.path), ended])) {
      return { environment: server.environment(endpoint), stop };
    }
    await stop();
  }
  throw new Error(`${server.name} (${server.command}) did not start:\n${lines.join("\n")}`);
}

async function answers(url: string): Promise<boolean> {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
