import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { DisturbedRun } from "../faults/decide.ts";
import type { Reaper } from "../process/reaper.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { LambdaFunction } from "../template/stack.ts";
import { createAsyncQueue } from "./async-queue.ts";
import { type Environment, type RuntimeProgram, startEnvironment } from "./environment.ts";
import type { InvokeResult, LambdaFaults, Outcome } from "./invocation.ts";
import type { Bundle } from "./lambda-variables.ts";
import { limits } from "./limits.ts";
import { createPool, type Pool } from "./pool.ts";
import { startGate } from "./start-gate.ts";

/** Who invokes, for facts and faults: `{ source: "sqs:orders", attempt: 2 }`. */
export interface InvokeOptions {
  readonly source: string;
  readonly attempt?: number;
}

/** A request id is given by whoever has told it to the caller already; otherwise it is made here. */
export interface Lambda extends Running {
  /** RequestResponse: runs the function and gives its result. Never rejects. */
  invoke(
    functionArn: string,
    payload: string,
    options: InvokeOptions,
    requestId?: string,
  ): Promise<InvokeResult>;
  /** Event: resolves once the event is accepted. Rejects when it is not: unknown function, too large, no JSON. */
  invokeAsync(
    functionArn: string,
    payload: string,
    options: InvokeOptions,
    requestId?: string,
  ): Promise<void>;
  /** Invocations running, and asynchronous events not finished. */
  pending(): number;
  /** Invocations of one function that can run at the same time on this machine. */
  readonly maxEnvironments: number;
}

/** Thrown by `invokeAsync`; `code` is Lambda's own exception name. */
export class InvokeRejectedError extends Error {
  readonly code: string;
  /** The message without the code. */
  readonly detail: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = "InvokeRejectedError";
    this.code = code;
    this.detail = message;
  }
}

/** Processes at most for one function, whatever its concurrency: the machine has few cores. */
export const MAX_ENVIRONMENTS = 4;

/** Lambda, without an account: the given functions, each environment its own process. */
export function startLambda(options: {
  readonly functions: readonly LambdaFunction[];
  /** Built code by function ARN. */
  readonly bundles: ReadonlyMap<string, Bundle>;
  /** Path of the built bootstrap. */
  readonly bootstrap: string;
  /** Another runtime client than the bootstrap. */
  readonly runtime?: RuntimeProgram;
  readonly region: string;
  readonly serviceEnvironment: Readonly<Record<string, string>>;
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly reaper: Reaper;
  readonly faults?: LambdaFaults;
  /** 4 by default. */
  readonly maxEnvironments?: number;
}): Lambda {
  const { observe, faults, maxEnvironments = MAX_ENVIRONMENTS } = options;
  const gate = startGate(availableParallelism());
  const pools = new Map<string, { readonly fn: LambdaFunction; readonly pool: Pool }>();
  for (const fn of options.functions) {
    const bundle = options.bundles.get(fn.arn);
    if (bundle === undefined)
      throw new Error(`function ${fn.name} has no bundle: build it before starting Lambda`);
    const environment = () => {
      const clockSkewMs = faults?.clockSkewMs(fn.name) ?? 0;
      if (clockSkewMs !== 0) observe({ type: "clock-skewed", functionName: fn.name, byMs: clockSkewMs });
      return startEnvironment({
        fn,
        bundle,
        bootstrap: options.bootstrap,
        ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
        region: options.region,
        serviceEnvironment: options.serviceEnvironment,
        reaper: options.reaper,
        onLine: (requestId, line) => observe({ type: "log", functionName: fn.name, requestId, line }),
        clockSkewMs,
      });
    };
    const start = () => gate(environment, ({ initialised }) => initialised);
    pools.set(fn.arn, {
      fn,
      pool: createPool({ fn, maxEnvironments, start }),
    });
  }
  let running = 0;
  let stopped = false;

  const asyncQueue = createAsyncQueue({
    invoke: (event, attempt) => run(event.fn.arn, event.payload, { ...event, attempt }, event.requestId),
    deliver: options.deliver,
    clock: options.clock,
    observe,
    ...(faults === undefined ? {} : { faults }),
  });

  async function run(
    functionArn: string,
    payload: string,
    { source, attempt = 1 }: InvokeOptions,
    requestId: string,
  ): Promise<InvokeResult> {
    const target = pools.get(unqualified(functionArn));
    if (target === undefined)
      return rejected(requestId, "ResourceNotFoundException", `Function not found: ${functionArn}`);
    const { fn, pool } = target;
    const began = performance.now();
    let cold = false;
    const end = (outcome: Outcome["kind"] | "throttled"): void => {
      const durationMs = performance.now() - began;
      observe({ type: "invoke-end", functionName: fn.name, requestId, outcome, durationMs, coldStart: cold });
    };

    running += 1;
    try {
      const outcome = await pool.run((environment, coldStart) => {
        cold = coldStart;
        observe({ type: "invoke-start", functionName: fn.name, requestId, source, attempt });
        return invokeWithFaults(environment, { requestId, payload }, { functionName: fn.name, attempt });
      });
      if (outcome === "stopped")
        return rejected(requestId, "ServiceException", "the local cloud is stopping");
      if (outcome === "throttled") {
        end("throttled");
        return { status: "throttled", requestId, message: "Rate Exceeded." };
      }
      end(outcome.kind);
      return outcome.kind === "ok"
        ? { status: "ok", requestId, payload: outcome.payload }
        : { status: "error", requestId, kind: outcome.kind, payload: outcome.payload };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return rejected(requestId, "ServiceException", `no environment of ${fn.name} could be started: ${why}`);
    } finally {
      running -= 1;
    }
  }

  function invokeWithFaults(
    environment: Environment,
    invocation: { readonly requestId: string; readonly payload: string },
    run: DisturbedRun,
  ): Promise<Outcome> {
    const disturbance = faults?.invocation(run);
    if (disturbance === undefined) return environment.invoke(invocation);
    const { requestId } = invocation;
    const { functionName } = run;
    return environment.invoke({
      ...invocation,
      disturbance,
      onDisturbed: ({ do: what }) =>
        observe({ type: what === "kill" ? "killed" : "frozen", functionName, requestId }),
    });
  }

  return {
    async invoke(functionArn, payload, how, requestId = randomUUID()) {
      const problem = payloadProblem(payload, limits.syncPayloadBytes);
      if (problem !== undefined) return rejected(requestId, problem.code, problem.message);
      return run(functionArn, payload, how, requestId);
    },
    async invokeAsync(functionArn, payload, { source }, requestId = randomUUID()) {
      if (stopped) throw new InvokeRejectedError("ServiceException", "the local cloud is stopping");
      const problem = payloadProblem(payload, limits.asyncPayloadBytes);
      if (problem !== undefined) throw new InvokeRejectedError(problem.code, problem.message);
      const target = pools.get(unqualified(functionArn));
      if (target === undefined) {
        throw new InvokeRejectedError("ResourceNotFoundException", `Function not found: ${functionArn}`);
      }
      asyncQueue.accept({ fn: target.fn, requestId, payload, source });
    },
    pending: () => running + asyncQueue.pending(),
    maxEnvironments,
    async stop() {
      stopped = true;
      asyncQueue.stop();
      await Promise.all([...pools.values()].map(({ pool }) => pool.stop()));
    },
  };
}

function rejected(requestId: string, code: string, message: string): InvokeResult {
  return { status: "rejected", requestId, code, message };
}

/** `…:function:name:$LATEST` names the same code as `…:function:name`. */
function unqualified(functionArn: string): string {
  return functionArn.split(":").slice(0, 7).join(":");
}

function payloadProblem(payload: string, limit: number): { code: string; message: string } | undefined {
  const bytes = Buffer.byteLength(payload);
  if (bytes > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation; it has ${bytes}`;
    return { code: "RequestTooLargeException", message };
  }
  try {
    JSON.parse(payload);
    return undefined;
  } catch (error) {
    const message = `Could not parse request body into json: ${error instanceof Error ? error.message : ""}`;
    return { code: "InvalidRequestContentException", message };
  }
}
