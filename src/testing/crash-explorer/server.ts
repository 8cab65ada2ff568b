import type { ManualRuntime } from "../../core/runtime/manual-runtime.ts";
import type { FaultsToCome } from "./fault.ts";
import { type Process, startProcess } from "./process.ts";
import type { HostReason, TraceStep } from "./trace.ts";
import type { CrashWorld } from "./world.ts";

/** AWS Lambda quotas: a function may run for 900 seconds. */
const HOST_LIMIT_MS = 900_000;

/** A process and its host. */
export interface Server {
  readonly process: Process;
  readonly handle: (delivery: number) => Promise<unknown>;
  readonly endedBy: HostReason | undefined;
  end(reason: HostReason): void;
  /** From now on the delivery has so long as a host gives it. */
  beginTime(): void;
  /** No delivery is being handled: what runs on has no limit. */
  endTime(): void;
}

export interface ServerSettings {
  readonly number: number;
  readonly world: CrashWorld;
  readonly clock: ManualRuntime;
  readonly faults: FaultsToCome;
  readonly trace: TraceStep[];
  readonly lostError: (operation: string) => unknown;
}

export function startServer({ world, ...settings }: ServerSettings): Server {
  const { clock } = settings;
  let untilMs = Number.POSITIVE_INFINITY;
  let endedBy: HostReason | undefined;

  function end(reason: HostReason): void {
    endedBy = reason;
    process.life.stop();
  }
  function fire(timer: () => void): void {
    try {
      if (clock.now() > untilMs) end("too long");
      else timer();
    } catch {
      end("crashed");
    }
  }

  const process = startProcess({ ...settings, fire });
  return {
    process,
    handle: world.start(process),
    get endedBy() {
      return endedBy;
    },
    end,
    beginTime() {
      untilMs = clock.now() + HOST_LIMIT_MS;
    },
    endTime() {
      untilMs = Number.POSITIVE_INFINITY;
    },
  };
}
