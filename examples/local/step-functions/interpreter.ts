import type { StateMachine as Interpreter, RunOptions } from "aws-local-stepfunctions";
import type { CloudClock } from "../services.ts";
import type { StateMachine } from "../template/stack.ts";
import type { InvokeFunction, ServiceCall } from "./ports.ts";
import { rewrite } from "./rewrite.ts";
import { statesOf, textOf } from "./states.ts";
import { TaskError } from "./task-error.ts";
import { runTask } from "./tasks.ts";
import { runWait } from "./wait.ts";

/** How an execution ended. */
export type Ending =
  | { readonly status: "SUCCEEDED"; readonly output: unknown }
  | { readonly status: "FAILED"; readonly error: string | undefined; readonly cause: string | undefined }
  | { readonly status: "TIMED_OUT" };

/** Runs a state machine once. Ends, at the latest, when `stopped` aborts. */
export type RunMachine = (
  input: unknown,
  execution: { readonly arn: string; readonly name: string },
  stopped: AbortSignal,
) => Promise<Ending>;

/** What the interpreter says when a Fail state has no Error or Cause. */
const NO_CAUSE = "Execution failed because of a Fail state";
const NO_ERROR = "FailStateError";

type Handlers = NonNullable<NonNullable<RunOptions["overrides"]>["taskResourceLocalHandlers"]>;
type Run = Parameters<InstanceType<typeof Interpreter>["run"]>;

/** The interpreter for one state machine; the library is loaded once there is a machine. */
export async function interpreterOf(
  machine: StateMachine,
  ports: { readonly invoke: InvokeFunction; readonly call: ServiceCall; readonly clock: CloudClock },
): Promise<RunMachine> {
  const library = await import("aws-local-stepfunctions");
  const { definition, own } = rewrite(machine.definition, ports.clock.speed);
  const interpreter = new library.StateMachine(
    // The definition was checked when the template was loaded; rewritten it is none that the library's types or
    // its validator know.
    structuredClone(definition) as unknown as ConstructorParameters<typeof library.StateMachine>[0],
    { validationOptions: { noValidate: true } },
  );
  const tasks = [...statesOf(definition)].flatMap(({ name, state }) =>
    state["Type"] === "Task" ? [{ name, resource: textOf(state["Resource"]) ?? "" }] : [],
  );

  return async (input, execution, stopped) => {
    // Aborted at the end as well: what a failed Parallel state has left running has no one to tell.
    const over = new AbortController();
    const signal = AbortSignal.any([stopped, over.signal]);
    const handler = (name: string, resource: string) => async (given: unknown) => {
      signal.throwIfAborted();
      const task = own.get(name);
      if (task?.kind === "result") return task.value;
      const result =
        task?.kind === "wait"
          ? runWait(task.by, given, ports.clock, signal)
          : runTask(resource, given, ports);
      return untilAborted(result, signal);
    };
    const handlers = Object.fromEntries(tasks.map(({ name, resource }) => [name, handler(name, resource)]));
    const options: RunOptions = {
      // The library's JSON types are its own; what goes in and out is JSON.
      overrides: { taskResourceLocalHandlers: handlers as Handlers },
      context: {
        Execution: { Id: execution.arn, Name: execution.name, RoleArn: machine.roleArn },
        StateMachine: { Id: machine.arn, Name: machine.name },
      },
    };
    // An execution's input was parsed from JSON.
    const { abort, result } = interpreter.run(input as Run[0], options);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return { status: "SUCCEEDED", output: await result };
    } catch (error) {
      return endingOf(error);
    } finally {
      signal.removeEventListener("abort", abort);
      over.abort(new TaskError("States.Runtime", "the execution is over", { final: true }));
    }
  };
}

function endingOf(error: unknown): Ending {
  if (error instanceof Error && error.name === "ExecutionTimeoutError") return { status: "TIMED_OUT" };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return { status: "FAILED", error: "States.Runtime", cause: String(cause) };
  return {
    status: "FAILED",
    error: cause.name === NO_ERROR ? undefined : cause.name,
    cause: cause.message === NO_CAUSE ? undefined : cause.message,
  };
}

/** Whoever waits for a task is told at once when there is nothing left to wait for. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
