import type { ServiceName } from "../services.ts";

/** A request's head, as far as its operation shows in it. */
export interface RequestHead {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * The operation of a request by its head alone, as far as a service's protocol shows it there: `PutItem`, `GetObject`.
 * SNS names its operation in the body (`operationInBody`): there it is `unknown`, and so it is elsewhere when a request
 * is of no known form.
 */
export function operationName(service: ServiceName, { method, url, headers }: RequestHead): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? "unknown";
  // By hand: a URL would take the dots out of an S3 key like `a/../b`.
  const [pathname = "", query = ""] = url.split("?", 2);
  const searchParams = new URLSearchParams(query);
  switch (service) {
    case "s3":
      return s3Operation(method, pathname, searchParams, headers["x-amz-copy-source"] !== undefined);
    case "lambda":
      return /\/invocations$/.test(pathname) ? "Invoke" : "unknown";
    case "scheduler":
      return schedulerOperation(method, pathname);
    default:
      return "unknown";
  }
}

/** Whether a service names its operation in the body alone: the AWS query protocol's form, which is small. */
export function namesInBody(service: ServiceName): boolean {
  return service === "sns";
}

/** The operation that a form of the AWS query protocol names: `Publish`. */
export function operationInBody(form: string): string {
  return new URLSearchParams(form).get("Action") ?? "unknown";
}

/** S3's operations by method and by what stands in the query (AWS page 'Amazon S3 API Reference: Actions'). */
function s3Operation(method: string, path: string, query: URLSearchParams, copies: boolean): string {
  const named = query.get("x-id");
  if (named !== null) return named;
  const key = path.split("/").slice(2).join("/");
  if (query.has("uploadId")) {
    const inUpload: Readonly<Record<string, string>> = {
      POST: "CompleteMultipartUpload",
      PUT: copies ? "UploadPartCopy" : "UploadPart",
      DELETE: "AbortMultipartUpload",
      GET: "ListParts",
    };
    return inUpload[method] ?? "unknown";
  }
  if (query.has("uploads")) return method === "POST" ? "CreateMultipartUpload" : "ListMultipartUploads";
  if (query.has("versions")) return "ListObjectVersions";
  if (query.has("delete")) return "DeleteObjects";
  if (query.has("list-type")) return "ListObjectsV2";
  const plain: Readonly<Record<string, readonly [object: string, bucket: string]>> = {
    GET: ["GetObject", "ListObjects"],
    PUT: [copies ? "CopyObject" : "PutObject", "CreateBucket"],
    HEAD: ["HeadObject", "HeadBucket"],
    DELETE: ["DeleteObject", "DeleteBucket"],
  };
  return plain[method]?.[key === "" ? 1 : 0] ?? "unknown";
}

function schedulerOperation(method: string, path: string): string {
  const kind = path.startsWith("/schedule-groups") ? "ScheduleGroup" : "Schedule";
  const isList = /^\/schedule(s|-groups)\/?$/.test(path);
  const verbs: Readonly<Record<string, string>> = {
    POST: "Create",
    GET: "Get",
    PUT: "Update",
    DELETE: "Delete",
  };
  return isList && method === "GET" ? `List${kind}s` : `${verbs[method] ?? ""}${kind}`;
}
