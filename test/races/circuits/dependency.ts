import { setTimeout as wait } from "node:timers/promises";
import { startHttpServer } from "../../../examples/local/process/http-server.ts";
import type { Running } from "../../../examples/local/services.ts";

/** A request as the dependency saw it. */
export interface Seen {
  readonly pid: number;
  /** `storeless`: a probe, by an environment that had just not reached the store, and goes by itself. */
  readonly kind: "call" | "probe" | "storeless";
  readonly atMs: number;
  /** When the dependency was done with it; none while it is not. */
  readonly untilMs: number;
}

export interface Dependency extends Running {
  readonly url: string;
  readonly seen: readonly Seen[];
  health: "well" | "dead";
  /** Is told of each `probe` when it comes; `false`: it is dropped. */
  onProbe: (pid: number) => boolean;
}

/** Long enough that requests that are sent at a time meet. */
const WORK_MS = 30;

/** A system outside that takes a while, dies, recovers, and remembers who asked. */
export async function startDependency(): Promise<Dependency> {
  const seen: Seen[] = [];
  const server = await startHttpServer(async (request, response) => {
    const { health } = dependency;
    const pid = Number(request.headers["x-environment"]);
    const kind = request.headers["x-kind"] as Seen["kind"];
    const own = { pid, kind, atMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
    seen.push(own);
    request.resume();
    // Who asked may be killed, or give up, while it waits.
    response.once("close", () => {
      own.untilMs = Date.now();
    });
    if (kind === "probe" && !dependency.onProbe(pid)) return void request.socket.destroy();
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
