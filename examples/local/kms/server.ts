import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, startHttpServer } from "../process/http-server.ts";
import type { Running } from "../services.ts";
import { aliasOperations } from "./alias-operations.ts";
import { cryptography } from "./cryptography.ts";
import type { Input } from "./input.ts";
import { keyOperations } from "./key-operations.ts";
import { type KeyRingOptions, makeKeyRing } from "./key-ring.ts";
import { KmsError } from "./kms-error.ts";

export interface Kms extends Running {
  /** For AWS_ENDPOINT_URL_KMS. */
  readonly endpoint: string;
}

type Operations = ReadonlyMap<string, (input: Input) => unknown>;

/** A request's largest members are some kilobytes; policies and tags come on top. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * Starts KMS's API (AWS JSON 1.1) on a free loopback port, with the templates' keys.
 *
 * It encrypts with AES-256-GCM; its key material is made anew in each run and is only in memory. Symmetric keys
 * that KMS makes itself are all there are: no signing, no MACs, no imported or multi-Region keys, no keys of AWS.
 * Policies, grant tokens and tags are taken and not acted upon, as IAM is not enforced here.
 */
export async function startKms(options: Omit<KeyRingOptions, "newKeyId">): Promise<Kms> {
  const ring = makeKeyRing({ ...options, newKeyId: randomUUID });
  const operations: Operations = new Map(
    Object.entries({
      ...cryptography(ring),
      ...keyOperations(ring, options.clock),
      ...aliasOperations(ring),
    }),
  );
  const server = await startHttpServer((request, response) => void answer(operations, request, response));
  return { endpoint: `http://127.0.0.1:${server.port}`, stop: server.stop };
}

async function answer(
  operations: Operations,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === "too-large") throw new KmsError("ValidationException", "The request is too large.");
    const [, name = ""] = /^TrentService\.(\w+)$/.exec(String(request.headers["x-amz-target"])) ?? [];
    const operation = operations.get(name);
    if (operation === undefined) {
      const known = [...operations.keys()].sort().join(", ");
      const what = name === "" ? "a request without X-Amz-Target: TrentService.<Operation>" : name;
      throw new KmsError(
        "UnknownOperationException",
        `The local KMS does not serve ${what}; it serves ${known}.`,
      );
    }
    send(response, 200, operation(parseBody(body)));
  } catch (error) {
    if (error instanceof KmsError) return send(response, 400, { __type: error.code, message: error.message });
    const message = error instanceof Error ? error.message : String(error);
    send(response, 500, { __type: "KMSInternalException", message });
  }
}

function parseBody(body: string): Input {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new KmsError("SerializationException", "The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new KmsError("SerializationException", "The body is not a JSON object.");
  }
  return { ...value };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() })
    .end(JSON.stringify(body));
}
