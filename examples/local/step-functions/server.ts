import { startHttpServer } from "../process/http-server.ts";
import { jsonListener } from "../process/json-protocol.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { StateMachine } from "../template/stack.ts";
import { startExecutions } from "./executions.ts";
import { interpreterOf, type RunMachine } from "./interpreter.ts";
import { operations } from "./operations.ts";
import type { InvokeFunction, ServiceCall } from "./ports.ts";

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
  const served = operations({ machines, executions, createdMs: clock.now() });
  const api = jsonListener({
    name: "Step Functions",
    version: "1.0",
    target: "AWSStepFunctions",
    operations: served,
    limits: "state machines come from the template",
    maxBodyBytes: MAX_BODY_BYTES,
    tooLarge: "ValidationException",
    internal: "InternalFailure",
  });
  const server = await startHttpServer(api);
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    pending: () => executions.pending(),
    async receive(stateMachineArn, input) {
      served.StartExecution({ stateMachineArn, input });
    },
    async stop() {
      await executions.stop();
      await server.stop();
    },
  };
}
