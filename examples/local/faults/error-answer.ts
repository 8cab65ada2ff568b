import type { ServiceName } from "../services.ts";
import type { RequestFate } from "./plan.ts";

/** An answer that is made up, in the form of a service's own errors. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Form = "json" | "rest-json" | "xml";
interface Codes {
  readonly form: Form;
  readonly throttled: readonly [code: string, status: number];
  readonly failed: readonly [code: string, status: number];
}

/** Source: the page 'Common Errors' or 'Error Responses' of each service's API Reference. */
const CODES: Readonly<Record<ServiceName, Codes>> = {
  dynamodb: {
    form: "json",
    throttled: ["com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", 400],
    failed: ["com.amazonaws.dynamodb.v20120810#InternalServerError", 500],
  },
  dynamodb_streams: {
    form: "json",
    throttled: ["com.amazonaws.dynamodb.v20120810#LimitExceededException", 400],
    failed: ["com.amazonaws.dynamodb.v20120810#InternalServerError", 500],
  },
  eventbridge: { form: "json", throttled: ["ThrottlingException", 400], failed: ["InternalException", 500] },
  kinesis: {
    form: "json",
    throttled: ["ProvisionedThroughputExceededException", 400],
    failed: ["InternalFailure", 500],
  },
  kms: { form: "json", throttled: ["ThrottlingException", 400], failed: ["KMSInternalException", 500] },
  lambda: {
    form: "rest-json",
    throttled: ["TooManyRequestsException", 429],
    failed: ["ServiceException", 500],
  },
  s3: { form: "xml", throttled: ["SlowDown", 503], failed: ["InternalError", 500] },
  scheduler: {
    form: "rest-json",
    throttled: ["ThrottlingException", 429],
    failed: ["InternalServerException", 500],
  },
  sfn: { form: "json", throttled: ["ThrottlingException", 400], failed: ["InternalFailure", 500] },
  sns: { form: "xml", throttled: ["Throttled", 429], failed: ["InternalError", 500] },
  sqs: {
    form: "json",
    throttled: ["com.amazonaws.sqs#RequestThrottled", 400],
    failed: ["com.amazonaws.sqs#InternalFailure", 500],
  },
};

/** What a client sees of `throttle`, `fail` and `fail-in-body`. */
export function errorAnswer(
  service: ServiceName,
  fate: Extract<RequestFate, "throttle" | "fail" | "fail-in-body">,
): ErrorAnswer {
  const { form, throttled, failed } = CODES[service];
  const [code, status] = fate === "throttle" ? throttled : failed;
  const message = fate === "throttle" ? "Rate exceeded (a fault of the run)." : "A fault of the run.";
  if (form !== "xml") {
    return {
      status,
      headers: {
        "content-type": form === "json" ? "application/x-amz-json-1.0" : "application/json",
        "x-amzn-errortype": code,
      },
      body: JSON.stringify({ __type: code, message }),
    };
  }
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = service === "s3" ? error : `<ErrorResponse>${error}</ErrorResponse>`;
  return {
    status: fate === "fail-in-body" ? 200 : status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
