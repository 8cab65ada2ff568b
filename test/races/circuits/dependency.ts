import { setTimeout as wait } from "node:timers/promises";
import { startHttpServer } from "../../../examples/local/process/http-server.ts";
import type { Running } from "../../../examples/local/services.ts";

/** A request as the dependency saw it. */
export interface Seen {
  readonly pid: number;
  readonly isProbe: boolean;
  /** How the dependency was when it came. */
  readonly health: Health;
  readonly atMs: number;
  /** Others of which the dependency was still busy when it came. */
  readonly beside: number;
}

export type Health = "well" | "dead";

export interface Dependency extends Running {
  readonly url: string;
  readonly seen: readonly Seen[];
  health: Health;
  /** Is told of each probe when it comes; `false`: it is dropped. */
  onProbe: (pid: number) => boolean;
}

/** Long enough that requests that are sent at a time meet. */
const WORK_MS = 30;

/** A system outside that takes a while, dies, recovers, and remembers who asked. */
export async function startDependency(): Promise<Dependency> {
  const seen: Seen[] = [];
  let busy = 0;
  const server = await startHttpServer(async (request, response) => {
    const { health } = dependency;
    const pid = Number(request.headers["x-environment"]);
    const isProbe = request.headers["x-probe"] === "true";
    seen.push({ pid, isProbe, health, atMs: Date.now(), beside: busy });
    busy += 1;
    request.resume();
    // Who asked may be killed, or give up, while it waits.
    response.once("close", () => {
      busy -= 1;
    });
    if (isProbe && !dependency.onProbe(pid)) return void request.socket.destroy();
    await wait(WORK_MS);
    if (health === "dead") request.socket.destroy();
    else response.end("well");
  });
  const dependency: Dependency = {
    url: `http://127.0.0.1:${server.port}`,
    seen,
    health: "well",
    onProbe: () => true,
    stop: () => server.stop(),
  };
  return dependency;
}
