import { randomUUID } from "node:crypto";
import { RequestError } from "../process/request-error.ts";
import type { CloudClock, Observe, Running } from "../services.ts";
import type { StateMachine } from "../template/stack.ts";
import type { RunMachine } from "./interpreter.ts";
import { TaskError } from "./task-error.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** One execution, as it is now. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: StateMachine;
  /** JSON text, as it was sent. */
  readonly input: string;
  readonly startMs: number;
  readonly status: ExecutionStatus;
  readonly stopMs?: number;
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** All executions, running and ended; they are kept as long as the cloud runs. */
export interface Executions extends Running {
  /** @throws RequestError ExecutionAlreadyExists. */
  start(
    machine: StateMachine,
    input: string,
    name?: string,
  ): { readonly execution: Execution; readonly ended: Promise<Execution> };
  /** Ends an execution that runs; one that has ended stays as it is. */
  abort(execution: Execution, error: string | undefined, cause: string | undefined): Execution;
  get(arn: string): Execution | undefined;
  /** The newest first. */
  list(machine: StateMachine): readonly Execution[];
  pending(): number;
}

export function startExecutions(options: {
  readonly run: (machine: StateMachine) => RunMachine;
  readonly clock: CloudClock;
  readonly observe: Observe;
}): Executions {
  const { clock, observe } = options;
  const executions = new Map<string, Execution>();
  const running = new Map<string, AbortController>();

  function end(arn: string, how: Partial<Execution> & Pick<Execution, "status">): Execution | undefined {
    const execution = executions.get(arn);
    if (execution === undefined || execution.status !== "RUNNING") return execution;
    const ended = { ...execution, ...how, stopMs: clock.now() };
    executions.set(arn, ended);
    observe({
      type: "execution-end",
      stateMachine: execution.machine.name,
      name: execution.name,
      status: how.status,
    });
    return ended;
  }

  async function run(execution: Execution, controller: AbortController): Promise<Execution> {
    const { arn, name, machine } = execution;
    try {
      const ending = await options.run(machine)(
        JSON.parse(execution.input),
        { arn, name },
        controller.signal,
      );
      const how =
        ending.status === "SUCCEEDED"
          ? { status: ending.status, output: JSON.stringify(ending.output ?? null) }
          : ending;
      const ended = end(arn, how);
      return ended ?? execution;
    } finally {
      running.delete(arn);
    }
  }

  return {
    start(machine, input, name = randomUUID()) {
      const arn = executionArn(machine, name);
      const before = executions.get(arn);
      if (before !== undefined) {
        // Source: Step Functions API Reference, 'StartExecution': idempotent while it runs, with the same input.
        if (before.status === "RUNNING" && before.input === input) {
          return { execution: before, ended: Promise.resolve(before) };
        }
        throw new RequestError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
      }
      const controller = new AbortController();
      const execution: Execution = { arn, name, machine, input, startMs: clock.now(), status: "RUNNING" };
      executions.set(arn, execution);
      running.set(arn, controller);
      observe({ type: "execution-start", stateMachine: machine.name, name });
      return { execution, ended: run(execution, controller) };
    },
    abort(execution, error, cause) {
      const ended = end(execution.arn, { status: "ABORTED", error, cause });
      running
        .get(execution.arn)
        ?.abort(new TaskError("States.Runtime", "the execution was stopped", { final: true }));
      return ended ?? execution;
    },
    get: (arn) => executions.get(arn),
    list: (machine) => [...executions.values()].filter((each) => each.machine.arn === machine.arn).reverse(),
    pending: () => running.size,
    async stop() {
      const left = [...running.keys()];
      for (const arn of left) end(arn, { status: "ABORTED" });
      for (const arn of left) {
        running
          .get(arn)
          ?.abort(new TaskError("States.Runtime", "the local cloud is stopping", { final: true }));
      }
    },
  };
}

/** Names of a STANDARD machine's executions are unique; those of an EXPRESS one need not be. */
function executionArn({ arn, type }: StateMachine, name: string): string {
  return type === "STANDARD"
    ? `${arn.replace(":stateMachine:", ":execution:")}:${name}`
    : `${arn.replace(":stateMachine:", ":express:")}:${name}:${randomUUID()}`;
}
