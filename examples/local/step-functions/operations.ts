/** The operations of Step Functions' API. Source: Step Functions API Reference, 'Actions'. */
import { RequestError } from "../process/request-error.ts";
import type { StateMachine } from "../template/stack.ts";
import type { Execution, Executions } from "./executions.ts";
import type { Json } from "./states.ts";

/** Step Functions' quota for an execution's input, in bytes. */
const MAX_INPUT_BYTES = 262_144;

/** By name; each throws RequestError for whatever AWS would answer with an error. */
export function operations(options: {
  readonly machines: readonly StateMachine[];
  readonly executions: Executions;
  readonly createdMs: number;
}) {
  const { machines, executions, createdMs } = options;

  function machineOf(body: Json): StateMachine {
    const arn = text(body, "stateMachineArn") ?? "";
    const machine = machines.find((each) => each.arn === arn);
    if (machine === undefined) {
      throw new RequestError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  function executionOf(body: Json): Execution {
    const arn = text(body, "executionArn") ?? "";
    const execution = executions.get(arn);
    if (execution === undefined || execution.machine.type === "EXPRESS") {
      throw new RequestError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    }
    return execution;
  }

  function machineSummary({ arn, name, type }: StateMachine): Json {
    return { stateMachineArn: arn, name, type, creationDate: createdMs / 1_000 };
  }

  return {
    StartExecution(body) {
      const { execution } = executions.start(machineOf(body), inputOf(body), nameOf(body));
      return { executionArn: execution.arn, startDate: execution.startMs / 1_000 };
    },
    async StartSyncExecution(body) {
      const machine = machineOf(body);
      if (machine.type !== "EXPRESS") throw notSupported("StartSyncExecution", machine);
      const execution = await executions.start(machine, inputOf(body), nameOf(body)).ended;
      const { redriveCount: _, ...described } = describe(execution);
      const durationMs = (execution.stopMs ?? execution.startMs) - execution.startMs;
      return {
        ...described,
        billingDetails: {
          billedDurationInMilliseconds: Math.ceil(durationMs / 100) * 100,
          billedMemoryUsedInMB: 64,
        },
      };
    },
    DescribeExecution: (body) => describe(executionOf(body)),
    StopExecution(body) {
      const stopped = executions.abort(executionOf(body), text(body, "error"), text(body, "cause"));
      return { stopDate: (stopped.stopMs ?? stopped.startMs) / 1_000 };
    },
    ListExecutions(body) {
      const machine = machineOf(body);
      if (machine.type === "EXPRESS") throw notSupported("ListExecutions", machine);
      const status = text(body, "statusFilter");
      const found = executions.list(machine).filter((each) => status === undefined || each.status === status);
      return page(found.map(summary), body, "executions");
    },
    DescribeStateMachine(body) {
      const machine = machineOf(body);
      return {
        ...machineSummary(machine),
        status: "ACTIVE",
        roleArn: machine.roleArn,
        definition: JSON.stringify(machine.definition),
        loggingConfiguration: { level: "OFF", includeExecutionData: false },
      };
    },
    ListStateMachines: (body) => page(machines.map(machineSummary), body, "stateMachines"),
  } satisfies Readonly<Record<string, (body: Json) => Json | Promise<Json>>>;
}

/** What is undefined JSON leaves out. */
function describe(execution: Execution): Json {
  const { input, output, error, cause } = execution;
  return {
    ...summary(execution),
    input,
    inputDetails: { included: true },
    output,
    outputDetails: output === undefined ? undefined : { included: true },
    error,
    cause,
    redriveCount: 0,
  };
}

function summary({ arn, name, machine, status, startMs, stopMs }: Execution): Json {
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: startMs / 1_000,
    stopDate: stopMs === undefined ? undefined : stopMs / 1_000,
  };
}

/** The token is the place in the list at which the next page begins. */
function page(all: readonly Json[], body: Json, list: string): Json {
  const from = Number(text(body, "nextToken") ?? 0);
  const asked = body["maxResults"] ?? 0;
  if (!Number.isInteger(from) || from < 0) throw new RequestError("InvalidToken", "Invalid Token");
  if (typeof asked !== "number" || asked < 0 || asked > 1_000) {
    throw new RequestError("ValidationException", "maxResults must be 0 to 1000.");
  }
  const to = from + (asked === 0 ? 100 : asked);
  return { [list]: all.slice(from, to), ...(to < all.length ? { nextToken: String(to) } : {}) };
}

function inputOf(body: Json): string {
  const input = text(body, "input") ?? "{}";
  if (Buffer.byteLength(input) > MAX_INPUT_BYTES) {
    throw new RequestError("ValidationException", `The input is larger than ${MAX_INPUT_BYTES} bytes.`);
  }
  try {
    JSON.parse(input);
    return input;
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new RequestError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${why}'`);
  }
}

function nameOf(body: Json): string | undefined {
  const name = text(body, "name");
  if (name === undefined) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the API refuses control characters in names.
  if (/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/.test(name)) return name;
  throw new RequestError("InvalidName", `Invalid Name: '${name}'`);
}

function notSupported(operation: string, { arn }: StateMachine): RequestError {
  return new RequestError(
    "StateMachineTypeNotSupported",
    `${operation} does not support the type of '${arn}'`,
  );
}

function text(body: Json, name: string): string | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new RequestError("SerializationException", `${name} must be a string.`);
}
