import type { Disturbance } from "../faults/decide.ts";
import { type Child, type Exit, startChild } from "../process/child.ts";
import type { Reaper } from "../process/reaper.ts";
import type { LambdaFunction } from "../template/stack.ts";
import { errorPayload, type Outcome } from "./invocation.ts";
import { type Bundle, lambdaVariables, traceHeader } from "./lambda-variables.ts";
import { limits } from "./limits.ts";
import { startRuntimeApi } from "./runtime-api.ts";

/** One execution environment: one process, one invocation at a time, reused while it lives. */
export interface Environment {
  /** Runs the handler once. Only while nothing else runs here. Never rejects. */
  invoke(invocation: {
    readonly requestId: string;
    readonly payload: string;
    readonly disturbance?: Disturbance;
    /** Told when the disturbance has struck. */
    readonly onDisturbed?: (disturbance: Disturbance) => void;
  }): Promise<Outcome>;
  /** Resolves with true once the environment can take its next invocation, with false if it never will. */
  idle(): Promise<boolean>;
  /** Resolves when its initialisation is over, however it went. */
  readonly initialised: Promise<unknown>;
  /** Resolves when its process has ended. */
  readonly exited: Promise<unknown>;
  /** It is given nothing more to do and ends by itself: at once, or after it has thawed when it is frozen. */
  retire(): void;
  stop(): Promise<void>;
}

/** A program that finds the Runtime API, the bundle and the handler in Lambda's environment variables. */
export interface RuntimeProgram {
  readonly command: string;
  readonly args: readonly string[];
}

export interface EnvironmentOptions {
  readonly fn: LambdaFunction;
  readonly bundle: Bundle;
  /** Path of the built bootstrap. */
  readonly bootstrap: string;
  /** What talks to the Runtime API in its stead: another runtime client. */
  readonly runtime?: RuntimeProgram;
  readonly region: string;
  /** Beyond Lambda's own variables: the endpoints of the local cloud. The function's own variables win. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
  readonly reaper: Reaper;
  readonly onLine: (requestId: string, line: string) => void;
  /** Real milliseconds for initialisation; Lambda's 10 s unless a test says less. */
  readonly initMs?: number;
  /** How far its clock is ahead, in real milliseconds; 0 by default. */
  readonly clockSkewMs?: number;
}

/** The line with which our bootstrap says that it stops itself. */
const FROZEN_LINE = "\u0000frozen";
/** A worker whose time was up while it was frozen wakes, and has this long to do harm before its process ends. */
const ZOMBIE_MS = 300;

/** Starts an environment. Its initialisation goes on in the background; the first invocation waits for it. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { fn } = options;
  let requestId = "";
  let settle: (outcome: Outcome) => void = () => {};
  let freeze: NodeJS.Timeout | undefined;
  /** Set while a fault may strike; our own kills clear it. */
  let disturbed: { readonly by: Disturbance; readonly tell: () => void } | undefined;
  let thaw: NodeJS.Timeout | undefined;
  let retired = false;

  let ready: (outcome: Outcome) => void = () => {};
  const initialised = new Promise<Outcome>((resolve) => {
    ready = resolve;
  });
  let resolveIdle: (usable: boolean) => void = () => {};
  let idle = new Promise<boolean>((resolve) => {
    resolveIdle = resolve;
  });

  const api = await startRuntimeApi({
    waiting() {
      clearTimeout(timer);
      disturbed = undefined;
      // Between invocations an environment is frozen: its timers and pending promises go on when it thaws.
      freeze = setTimeout(() => child.signal("SIGSTOP"), 1);
      ready({ kind: "ok", payload: "" });
      resolveIdle(true);
    },
    answered: (_id, answer) =>
      settle(answer.ok ? { kind: "ok", payload: answer.payload } : failed(answer.payload)),
    initFailed(payload) {
      ready({ kind: "init-error", payload });
    },
  });
  const child: Child = startChild({
    ...(options.runtime ?? {
      command: process.execPath,
      args: [
        `--max-old-space-size=${Math.floor(fn.memoryMb * 0.9)}`,
        `--max-semi-space-size=${Math.max(1, Math.floor(fn.memoryMb * 0.05))}`,
        options.bootstrap,
      ],
    }),
    env: {
      ...lambdaVariables(options, api.address),
      ...(options.clockSkewMs === undefined || options.clockSkewMs === 0
        ? {}
        : { LOCAL_CLOUD_CLOCK_SKEW_MS: String(options.clockSkewMs) }),
    },
    cwd: options.bundle.taskRoot,
    reaper: options.reaper,
    onLine(line) {
      if (line === FROZEN_LINE) frozen();
      else options.onLine(requestId, line);
    },
  });
  /** The process has stopped itself in the middle of an invocation. */
  function frozen(): void {
    disturbed?.tell();
    thaw = setTimeout(() => {
      thaw = undefined;
      child.signal("SIGCONT");
      if (retired) thaw = setTimeout(() => child.signal("SIGKILL"), ZOMBIE_MS);
    }, disturbed?.by.forMs ?? 0);
  }
  function retire(): void {
    retired = true;
    if (thaw === undefined) child.signal("SIGKILL");
  }
  const initMs = options.initMs ?? limits.initMs;
  let timer = setTimeout(() => {
    const message = `Error: Initialisation took longer than ${(initMs / 1000).toFixed(2)} seconds`;
    ready({ kind: "init-error", payload: errorPayload("Sandbox.Timedout", message) });
    child.signal("SIGKILL");
  }, initMs);

  const exited = child.exited.then(async (exit) => {
    clearTimeout(timer);
    clearTimeout(freeze);
    clearTimeout(thaw);
    if (exit.signal === "SIGKILL" && disturbed?.by.do === "kill") disturbed.tell();
    const payload = errorPayload("Runtime.ExitError", `RequestId: ${requestId} Error: ${exitReason(exit)}`);
    ready({ kind: "init-error", payload });
    settle({ kind: "crash", payload });
    resolveIdle(false);
    await api.stop();
  });

  return {
    initialised,
    async invoke(invocation) {
      requestId = invocation.requestId;
      const init = await initialised;
      if (init.kind !== "ok") return init;
      if (!(await idle)) {
        const message = `RequestId: ${requestId} Error: the environment ended before the invocation began`;
        return { kind: "crash", payload: errorPayload("Runtime.ExitError", message) };
      }
      const outcome = new Promise<Outcome>((resolve) => {
        settle = resolve;
      });
      idle = new Promise((resolve) => {
        resolveIdle = resolve;
      });
      clearTimeout(freeze);
      child.signal("SIGCONT");
      // It also bounds the moment between the answer and the next poll; `waiting` clears it.
      timer = setTimeout(() => {
        const message = `RequestId: ${requestId} Error: Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`;
        settle({ kind: "timeout", payload: errorPayload("Sandbox.Timedout", message) });
        disturbed = undefined;
        retire();
      }, fn.timeoutSeconds * 1000);
      const { disturbance } = invocation;
      disturbed =
        disturbance === undefined
          ? undefined
          : { by: disturbance, tell: () => invocation.onDisturbed?.(disturbance) };
      api.give({
        requestId,
        payload: invocation.payload,
        functionArn: fn.arn,
        // By the clock of the environment, as Lambda's own host sets it.
        deadlineMs: Date.now() + (options.clockSkewMs ?? 0) + fn.timeoutSeconds * 1000,
        traceId: traceHeader(),
        ...(disturbance === undefined ? {} : { disturbance }),
      });
      return outcome;
    },
    idle: () => idle,
    exited,
    retire,
    async stop() {
      disturbed = undefined;
      child.signal("SIGKILL");
      await exited;
    },
  };
}

/** A function error, or a crash when the runtime itself reports that it is about to end. */
function failed(payload: string): Outcome {
  const crashed = /"errorType":\s*"Runtime\.(UncaughtException|UnhandledPromiseRejection)"/.test(payload);
  return { kind: crashed ? "crash" : "error", payload };
}

function exitReason({ code, signal, error }: Exit): string {
  if (error !== undefined) return `Runtime failed to start: ${error.message}`;
  if (signal !== null)
    return `Runtime exited with error: signal: ${signal === "SIGKILL" ? "killed" : signal}`;
  return code === 0
    ? "Runtime exited without providing a reason"
    : `Runtime exited with error: exit status ${code}`;
}
