import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunctions } from "../../../../examples/local/lambda/build-functions.ts";
import { type Lambda, startLambda } from "../../../../examples/local/lambda/lambda-service.ts";
import { startReaper } from "../../../../examples/local/process/reaper.ts";
import type { CloudClock, CloudFact } from "../../../../examples/local/services.ts";
import type { LambdaFunction, Place } from "../../../../examples/local/template/stack.ts";

export const place: Place = { file: "template.yaml", line: 1, path: "Resources.Fn" };
export const accountId = "000000000000";
export const region = "us-east-1";

/** A function as the template loader describes it, with AWS's defaults. */
export function functionNamed(
  name: string,
  entryPoint: string,
  over: Partial<LambdaFunction> = {},
): LambdaFunction {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    place,
    entryPoint,
    exportName: "handler",
    runtime: "nodejs24.x",
    timeoutSeconds: 3,
    memoryMb: 128,
    logFormat: "Text",
    environment: {},
    asyncInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 },
    build: {
      minify: false,
      sourcemap: false,
      format: "esm",
      target: "node24",
      external: [],
      mainFields: [],
    },
    ...over,
  };
}

export interface Harness {
  readonly lambda: Lambda;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly facts: CloudFact[];
  readonly delivered: {
    arn: string;
    payload: string;
    attributes: Readonly<Record<string, string>> | undefined;
  }[];
  arn(name: string): string;
  logs(): string[];
  stop(): Promise<void>;
}

/** Writes handlers to a temporary folder, builds them and starts Lambda with them. */
export async function startHandlers(
  sources: Readonly<Record<string, string | { source: string; over: Partial<LambdaFunction> }>>,
  options: Partial<Parameters<typeof startLambda>[0]> & { deliverFails?: boolean } = {},
): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), "local-lambda-"));
  const functions: LambdaFunction[] = [];
  for (const [name, given] of Object.entries(sources)) {
    const { source, over } = typeof given === "string" ? { source: given, over: {} } : given;
    const entry = join(folder, `${name}.ts`);
    await writeFile(entry, source);
    functions.push(functionNamed(name, entry, over));
  }
  const { bundles, bootstrap } = await buildFunctions(functions, join(folder, "build"));
  const reaper = startReaper();
  const facts: CloudFact[] = [];
  const delivered: Harness["delivered"] = [];
  const lambda = startLambda({
    functions,
    bundles,
    bootstrap,
    region,
    serviceEnvironment: { AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:9" },
    deliver: async (arn, payload, attributes) => {
      if (options.deliverFails === true) throw new Error("no such queue");
      delivered.push({ arn, payload, attributes });
    },
    clock: realClock(1),
    observe: (fact) => void facts.push(fact),
    reaper,
    ...options,
  });
  return {
    lambda,
    functions: new Map(functions.map((fn) => [fn.name, fn])),
    facts,
    delivered,
    arn: (name) => `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    logs: () => facts.flatMap((fact) => (fact.type === "log" ? [fact.line] : [])),
    async stop() {
      await lambda.stop();
      await reaper.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function realClock(speed: number): CloudClock {
  return {
    speed,
    now: () => Date.now(),
    after(cloudMs, fn) {
      const timer = setTimeout(fn, cloudMs / speed);
      return () => clearTimeout(timer);
    },
  };
}

export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs = 4_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
