/**
 * The runtime inside an environment: loads the function's bundle and runs its handler, one invocation after the
 * other, as the Node.js 24 runtime of Lambda does. It is built to one plain file and has no imports, so that a
 * cold start costs what the function costs.
 */
const http = process.getBuiltinModule("node:http");
const { join } = process.getBuiltinModule("node:path");
const { existsSync, writeSync } = process.getBuiltinModule("node:fs");
const { pathToFileURL } = process.getBuiltinModule("node:url");
const { createRequire } = process.getBuiltinModule("node:module");
const { promiseHooks } = process.getBuiltinModule("node:v8");

type Handler = (event: unknown, context: unknown) => unknown;

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const BASE = "/2018-06-01/runtime";
/** The line that says that this process is about to stop itself; `environment.ts` knows it too. */
const FROZEN = "\u0000frozen\n";
const [host, port] = (process.env["AWS_LAMBDA_RUNTIME_API"] ?? "").split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
/** For the last words of a crash: the other connection may be busy. */
const lastAgent = new http.Agent({ keepAlive: false });

let current: string | undefined;
let crashing = false;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function request(method: string, path: string, body?: string, using = agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host, port, method, path: BASE + path, agent: using }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function errorDocument(error: unknown): string {
  if (error instanceof Error) {
    const trace = error.stack?.split("\n") ?? [];
    return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace });
  }
  return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
}

function failure(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** Source: Lambda Developer Guide, 'Log and monitor Node.js Lambda functions', JSON and text format. */
function log(label: string, document: string): void {
  if (process.env["AWS_LAMBDA_LOG_FORMAT"] === "JSON") {
    const { trace, ...message } = JSON.parse(document) as { trace: readonly string[] };
    const line = {
      timestamp: new Date().toISOString(),
      level: "ERROR",
      requestId: current,
      message: { ...message, stackTrace: trace },
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  process.stdout.write(`${new Date().toISOString()}\t${current ?? ""}\tERROR\t${label} \t${document}\n`);
}

async function crash(name: string, reason: unknown, exitCode: number): Promise<never> {
  if (crashing) process.exit(exitCode);
  crashing = true;
  const cause = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
  const error = failure(name, cause);
  if (reason instanceof Error && reason.stack !== undefined) error.stack = reason.stack;
  const document = errorDocument(error);
  log(current === undefined ? "Init Error" : "Invoke Error", document);
  const path = current === undefined ? "/init/error" : `/invocation/${current}/error`;
  await request("POST", path, document, lastAgent).catch(() => {});
  process.exit(exitCode);
}

process.on("uncaughtException", (error) => void crash("Runtime.UncaughtException", error, 129));
process.on("unhandledRejection", (reason) => void crash("Runtime.UnhandledPromiseRejection", reason, 128));

async function loadModule(): Promise<{ readonly exported: unknown; readonly name: string }> {
  const handler = process.env["_HANDLER"] ?? "";
  const dot = handler.lastIndexOf(".");
  if (dot < 1 || dot === handler.length - 1) {
    throw failure("Runtime.MalformedHandlerName", `Bad handler: '${handler}' is not <file>.<export>`);
  }
  const name = handler.slice(dot + 1);
  const base = join(process.env["LAMBDA_TASK_ROOT"] ?? "", handler.slice(0, dot));
  const file = [".mjs", ".cjs", ".js", ""].map((ending) => base + ending).find((path) => existsSync(path));
  if (file === undefined) {
    throw failure("Runtime.ImportModuleError", `Error: Cannot find module '${base}'`);
  }
  try {
    const loaded: Record<string, unknown> = file.endsWith(".cjs")
      ? createRequire(file)(file)
      : await import(pathToFileURL(file).href);
    return { exported: loaded[name], name: handler };
  } catch (error) {
    if (error instanceof SyntaxError) throw failure("Runtime.UserCodeSyntaxError", String(error));
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") {
      throw failure("Runtime.ImportModuleError", String(error));
    }
    throw error;
  }
}

async function loadHandler(): Promise<Handler> {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: object) => Object.assign(handler, { [STREAMING]: "response" }),
      HttpResponseStream: { from: (stream: unknown) => stream },
    },
  });
  const { exported, name } = await loadModule();
  if (exported === undefined)
    throw failure("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof exported !== "function") throw failure("Runtime.HandlerNotFound", `${name} is not a function`);
  if (STREAMING in exported) {
    throw failure(
      "Runtime.StreamingUnsupported",
      `${name} is a response-streaming handler, which is not served here: return the whole response`,
    );
  }
  if (exported.length >= 3) {
    throw failure(
      "Runtime.CallbackHandlerDeprecated",
      `${name} declares a callback parameter. Node.js 24 on Lambda has no callback-based handlers: make it an async function of (event, context)`,
    );
  }
  return (event, context) => exported(event, context);
}

function contextOf(headers: Answer["headers"], requestId: string): Record<string, unknown> {
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: requestId,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    clientContext: undefined,
    identity: undefined,
    tenantId: undefined,
    xRayTraceId: headers["lambda-runtime-trace-id"],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

async function run(handler: Handler, invocation: Answer): Promise<void> {
  const id = String(invocation.headers["lambda-runtime-aws-request-id"]);
  current = id;
  process.env["_X_AMZN_TRACE_ID"] = String(invocation.headers["lambda-runtime-trace-id"]);
  const disturbance = disturbanceOf(invocation.headers["local-cloud-disturbance"]);
  let path = `/invocation/${id}/response`;
  let body: string;
  try {
    const result = await handler(JSON.parse(invocation.body), contextOf(invocation.headers, id));
    body = responseText(result);
  } catch (error) {
    path = `/invocation/${id}/error`;
    body = errorDocument(error);
    log("Invoke Error", body);
  }
  if (crashing) return;
  disturbance.answering();
  await request("POST", path, body);
}

/** A function as result is left without text by JSON, and comes back as null here. */
function responseText(result: unknown): string {
  try {
    return JSON.stringify(result) ?? "null";
  } catch {
    throw failure("Runtime.JSONStringifyError", "Unable to stringify response body");
  }
}

interface Disturbance {
  readonly do: "kill" | "freeze";
  readonly at: { readonly afterMs: number } | { readonly atAwait: number } | "before-answer";
}

/**
 * Kills or stops this process in the middle of an invocation, when a run's faults say so. Here and not in the
 * service: a timer of this event loop fires between two awaits of the handler, however busy the service is, and only
 * the process itself can count its awaits. `answering` ends it: once the answer is on its way, nothing changes.
 */
function disturbanceOf(header: string | string[] | undefined): { answering(): void } {
  if (typeof header !== "string") return { answering() {} };
  const disturbance = JSON.parse(header) as Disturbance;
  const { at } = disturbance;
  const strike = (): void => {
    if (disturbance.do === "kill") {
      process.kill(process.pid, "SIGKILL");
      return;
    }
    // Before the stop, and at once: whoever reads it sends SIGCONT some time later.
    writeSync(1, FROZEN);
    process.kill(process.pid, "SIGSTOP");
  };
  if (at === "before-answer") return { answering: strike };
  if ("afterMs" in at) {
    const timer = setTimeout(strike, at.afterMs).unref();
    return { answering: () => clearTimeout(timer) };
  }
  let awaits = 0;
  const stopCounting = promiseHooks.onBefore(() => {
    awaits += 1;
    if (awaits === at.atAwait) strike();
  });
  return { answering: () => void stopCounting() };
}

/** Sets this process's clock ahead or back, as a host's may be. Timers are not moved, as on such a host. */
function skewClock(byMs: number): void {
  const Real = Date;
  const now = (): number => Real.now() + byMs;
  globalThis.Date = new Proxy(Real, {
    construct: (_, args, made) =>
      args.length === 0
        ? new Real(now())
        : Reflect.construct(Real, args, made === globalThis.Date ? Real : made),
    apply: () => new Real(now()).toString(),
    get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
  });
}

async function main(): Promise<void> {
  const skewMs = Number(process.env["LOCAL_CLOUD_CLOCK_SKEW_MS"] ?? 0);
  if (skewMs !== 0) skewClock(skewMs);
  let handler: Handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    const document = errorDocument(error);
    log("Init Error", document);
    await request("POST", "/init/error", document);
    process.exit(1);
  }
  while (!crashing) {
    const invocation = await request("GET", "/invocation/next");
    // Anything else means that the service has gone, or has given this environment up.
    if (invocation.status !== 200) process.exit(1);
    await run(handler, invocation);
  }
}

void main().catch(() => process.exit(1));
