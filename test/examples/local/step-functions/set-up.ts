import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterEach } from "vitest";
import { localCredentials } from "../../../../examples/local/credentials.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { inspectDefinition } from "../../../../examples/local/step-functions/inspect.ts";
import type { FunctionResult, ServiceCall } from "../../../../examples/local/step-functions/ports.ts";
import { type StepFunctions, startStepFunctions } from "../../../../examples/local/step-functions/server.ts";
import type { Json } from "../../../../examples/local/step-functions/states.ts";
import type { StateMachine } from "../../../../examples/local/template/stack.ts";
import { eventually, realClock } from "../lambda/fixtures.ts";

const account = "us-east-1:000000000000";
export const functionArn = `arn:aws:lambda:${account}:function:work`;

export function machineNamed(name: string, definition: Json, over: Partial<StateMachine> = {}): StateMachine {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:states:${account}:stateMachine:${name}`,
    place: { file: "template.yaml", line: 1, path: `Resources.${name}` },
    type: "STANDARD",
    roleArn: "arn:aws:iam::000000000000:role/machine",
    definition,
    ...over,
  };
}

/** One state that ends the machine. */
export const oneState = (state: Json): Json => ({
  StartAt: "Only",
  States: { Only: { End: true, ...state } },
});

export interface Harness {
  readonly stepFunctions: StepFunctions;
  readonly client: SFNClient;
  readonly facts: CloudFact[];
  readonly calls: { readonly to: string; readonly input: unknown; readonly atMs: number }[];
  /** Starts a machine and gives the execution once it has ended. */
  execute(
    name: string,
    input?: unknown,
  ): Promise<{ status?: string; output?: unknown; error?: string; cause?: string }>;
  stop(): Promise<void>;
}

const running: Harness[] = [];
afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop();
});

/** Step Functions with functions and services that the test plays; stopped when the test ends. */
export async function start(
  machines: readonly StateMachine[],
  options: {
    readonly speed?: number;
    readonly invoke?: (input: unknown, call: number) => FunctionResult | Promise<FunctionResult>;
    readonly call?: ServiceCall;
  } = {},
): Promise<Harness> {
  for (const { name, definition } of machines) {
    const [problem] = inspectDefinition(definition);
    if (problem !== undefined) throw new Error(`${name}: ${problem.path.join(".")}: ${problem.message}`);
  }
  const facts: CloudFact[] = [];
  const calls: Harness["calls"] = [];
  const stepFunctions = await startStepFunctions({
    machines,
    invoke: async (name, payload) => {
      const input: unknown = JSON.parse(payload);
      calls.push({ to: name, input, atMs: Date.now() });
      return options.invoke === undefined ? ok(input) : options.invoke(input, calls.length);
    },
    call: async (service, action, parameters) => {
      calls.push({ to: `${service}:${action}`, input: parameters, atMs: Date.now() });
      return options.call === undefined ? {} : options.call(service, action, parameters);
    },
    clock: realClock(options.speed ?? 1),
    observe: (fact) => void facts.push(fact),
  });
  const client = new SFNClient({
    endpoint: stepFunctions.endpoint,
    region: "us-east-1",
    credentials: localCredentials,
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  const harness: Harness = {
    stepFunctions,
    client,
    facts,
    calls,
    async execute(name, input = {}) {
      const { executionArn } = await client.send(
        new StartExecutionCommand({
          stateMachineArn: `arn:aws:states:${account}:stateMachine:${name}`,
          input: JSON.stringify(input),
        }),
      );
      const describe = () => client.send(new DescribeExecutionCommand({ executionArn }));
      await eventually(async () => (await describe()).status !== "RUNNING");
      const { status, output, error, cause } = await describe();
      return {
        ...(status === undefined ? {} : { status }),
        ...(output === undefined ? {} : { output: JSON.parse(output) }),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      };
    },
    async stop() {
      client.destroy();
      await stepFunctions.stop();
    },
  };
  running.push(harness);
  return harness;
}

export const ok = (value: unknown): FunctionResult => ({
  status: "ok",
  requestId: "r",
  payload: JSON.stringify(value),
});

export const failed = (errorType: string, errorMessage = "no luck"): FunctionResult => ({
  status: "error",
  requestId: "r",
  payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
});
