/** What Task states do. Source: Step Functions Developer Guide, 'Integrating services with Step Functions'. */
import type { InvokeFunction, ServiceCall } from "./ports.ts";
import { type IntegratedService, taskResource } from "./resources.ts";
import { isJson, type Json } from "./states.ts";
import { TaskError } from "./task-error.ts";

/** The names that the services' errors begin with. */
const errorPrefixes: Readonly<Record<IntegratedService, string>> = {
  lambda: "Lambda",
  sqs: "SQS",
  sns: "SNS",
  events: "EventBridge",
  dynamodb: "DynamoDB",
};

/** Step Functions' quota: the largest input or result of a state, in bytes. */
const MAX_DATA_BYTES = 262_144;

/** Runs one task. Rejects with a TaskError whose name Retry and Catch match. */
export async function runTask(
  resource: string,
  input: unknown,
  ports: { readonly invoke: InvokeFunction; readonly call: ServiceCall },
): Promise<unknown> {
  const read = taskResource(resource);
  // A definition was looked at before it got here.
  if (typeof read === "string") throw new TaskError("States.Runtime", read, { final: true });
  const result =
    read.kind === "function"
      ? (await invokeFunction(read.arn, input, ports.invoke)).payload
      : read.service === "lambda"
        ? await lambdaInvoke(input, ports.invoke)
        : await callService(read.service, read.action, input, ports.call);
  if (Buffer.byteLength(JSON.stringify(result) ?? "") > MAX_DATA_BYTES) {
    throw new TaskError(
      "States.DataLimitExceeded",
      `The state returned a result with a size exceeding the maximum number of bytes service limit (${MAX_DATA_BYTES}).`,
      { final: true },
    );
  }
  return result;
}

async function invokeFunction(
  functionArn: string,
  input: unknown,
  invoke: InvokeFunction,
): Promise<{ readonly payload: unknown; readonly requestId: string }> {
  const result = await invoke(functionArn, JSON.stringify(input ?? {}));
  switch (result.status) {
    case "ok":
      return { payload: parsed(result.payload), requestId: result.requestId };
    case "error": {
      const error = parsed(result.payload);
      const type =
        isJson(error) && typeof error["errorType"] === "string" ? error["errorType"] : "Lambda.Unknown";
      throw new TaskError(type, result.payload);
    }
    case "throttled":
      throw new TaskError("Lambda.TooManyRequestsException", result.message);
    case "rejected":
      throw new TaskError(`Lambda.${result.code}`, result.message);
  }
}

/** The optimized integration: the function's result stands in Payload. */
async function lambdaInvoke(input: unknown, invoke: InvokeFunction): Promise<Json> {
  const parameters = isJson(input) ? input : {};
  const { FunctionName: name, InvocationType: type = "RequestResponse", Payload: payload } = parameters;
  if (typeof name !== "string") throw missing("FunctionName");
  if (type !== "RequestResponse") {
    throw new TaskError("States.Runtime", `InvocationType ${String(type)} is not served here`, {
      final: true,
    });
  }
  const { payload: result, requestId } = await invokeFunction(name, payload, invoke);
  return {
    ExecutedVersion: "$LATEST",
    Payload: result,
    SdkHttpMetadata: { HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

async function callService(
  service: Exclude<IntegratedService, "lambda">,
  action: string,
  input: unknown,
  call: ServiceCall,
): Promise<unknown> {
  const parameters = withTexts(service, isJson(input) ? input : {});
  let answer: Json;
  try {
    answer = await call(service, action, parameters);
  } catch (error) {
    const name = error instanceof Error ? error.name : "UnknownError";
    const prefix = errorPrefixes[service];
    const message = error instanceof Error ? error.message : String(error);
    throw new TaskError(`${prefix}.${name.endsWith("Exception") ? name : `${name}Exception`}`, message);
  }
  const failed = answer["FailedEntryCount"];
  if (typeof failed === "number" && failed > 0) {
    throw new TaskError("EventBridge.FailedEntry", JSON.stringify(answer["Entries"]));
  }
  return answer;
}

/** Where the service wants a text, an object of the state's input is written as JSON. */
function withTexts(service: IntegratedService, parameters: Json): Json {
  if (service === "sqs" && isJson(parameters["MessageBody"])) {
    return { ...parameters, MessageBody: JSON.stringify(parameters["MessageBody"]) };
  }
  if (service === "sns" && isJson(parameters["Message"])) {
    return { ...parameters, Message: JSON.stringify(parameters["Message"]) };
  }
  const entries = parameters["Entries"];
  if (service !== "events" || !Array.isArray(entries)) return parameters;
  return {
    ...parameters,
    Entries: entries.map((entry: unknown) =>
      isJson(entry) && isJson(entry["Detail"])
        ? { ...entry, Detail: JSON.stringify(entry["Detail"]) }
        : entry,
    ),
  };
}

function missing(field: string): TaskError {
  return new TaskError("States.Runtime", `The parameter ${field} is missing.`, { final: true });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
