import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, startHttpServer } from "../process/http-server.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { StateMachine } from "../template/stack.ts";
import { startExecutions } from "./executions.ts";
import { interpreterOf, type RunMachine } from "./interpreter.ts";
import { type Operations, operations } from "./operations.ts";
import type { InvokeFunction, ServiceCall } from "./ports.ts";
import { RequestError } from "./request-error.ts";
import type { Json } from "./states.ts";

export interface StepFunctions extends Running {
  /**
   * For AWS_ENDPOINT_URL_SFN. StartSyncExecution puts `sync-` before the host's name, which no loopback address
   * has: a client that calls it needs `disableHostPrefix: true`.
   */
  readonly endpoint: string;
  /** Executions that run. */
  pending(): number;
  /** Starts an execution, whose input is the payload. */
  readonly receive: Deliver;
}

const MAX_BODY_BYTES = 1_048_576;

/** Step Functions on a free loopback port, for any AWS client; the state machines are the template's. */
export async function startStepFunctions(options: {
  readonly machines: readonly StateMachine[];
  readonly invoke: InvokeFunction;
  readonly call: ServiceCall;
  readonly clock: CloudClock;
  readonly observe: Observe;
}): Promise<StepFunctions> {
  const { machines, clock } = options;
  const runs = new Map<string, RunMachine>();
  for (const machine of machines) runs.set(machine.arn, await interpreterOf(machine, options));
  const executions = startExecutions({
    run(machine) {
      const run = runs.get(machine.arn);
      if (run === undefined) throw new Error(`the state machine ${machine.name} was not started`);
      return run;
    },
    clock,
    observe: options.observe,
  });
  const serve = operations({ machines, executions, createdMs: clock.now() });
  const server = await startHttpServer((request, response) => void answer(serve, request, response));
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    pending: () => executions.pending(),
    async receive(stateMachineArn, input) {
      await serve("StartExecution", { stateMachineArn, input });
    },
    async stop() {
      await executions.stop();
      await server.stop();
    },
  };
}

async function answer(serve: Operations, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === "too-large") throw new RequestError("ValidationException", "The request is too large.");
    send(response, 200, await serve(operationOf(request), parseBody(body)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RequestError) send(response, 400, { __type: error.code, message });
    else send(response, 500, { __type: "InternalFailure", message });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": randomUUID() })
    .end(JSON.stringify(body));
}

function operationOf(request: IncomingMessage): string {
  const [, operation] = /^AWSStepFunctions\.(\w+)$/.exec(String(request.headers["x-amz-target"])) ?? [];
  if (request.method === "POST" && operation !== undefined) return operation;
  throw new RequestError(
    "UnknownOperationException",
    "This is Step Functions: POST with the header X-Amz-Target: AWSStepFunctions.<Operation>.",
  );
}

function parseBody(body: string): Json {
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, with what is no object.
  }
  throw new RequestError("SerializationException", "The body is no JSON object.");
}
