import type { RuntimeProgram } from "../../../examples/local/lambda/environment.ts";
import type { InvokeResult } from "../../../examples/local/lambda/invocation.ts";

/** AWS's runtime client, which `npm run test:services` has installed. */
export function officialClient(): RuntimeProgram {
  const entry = process.env["HOLDFAST_TEST_LAMBDA_RIC"];
  if (entry === undefined) throw new Error("no aws-lambda-ric: npm run test:services -- --only lambda-ric");
  return { command: process.execPath, args: [entry] };
}

/** What a caller can tell apart. Of a trace only its first line: the others are of the runtime that calls. */
export function told(result: InvokeResult): unknown {
  if (result.status !== "ok" && result.status !== "error") return result;
  const { requestId, payload, ...rest } = result;
  const document: unknown = JSON.parse(payload.replaceAll(requestId, "<request id>"));
  if (result.status === "ok") return { ...rest, returned: document };
  // Lambda's error document.
  const { trace = [], ...error } = document as { readonly trace?: readonly string[] };
  return { ...rest, error: { ...error, trace: trace.slice(0, 1) } };
}
