import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { localCredentials } from "../credentials.ts";
import { startHttpServer } from "../process/http-server.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import { startAgenda } from "./agenda.ts";
import { bodyFiles } from "./bodies/body-files.ts";
import { checkBucketName } from "./bucket-name.ts";
import type { S3Context } from "./context.ts";
import { type FailRequest, failed } from "./fault.ts";
import type { LifecycleRule } from "./lifecycle-rules.ts";
import type { BusEntry } from "./notifications/notification-record.ts";
import type { NotificationConfiguration } from "./notifications/notification-rules.ts";
import { startNotifier } from "./notifications/notifier.ts";
import { canonicalUserId } from "./owner-id.ts";
import { readRequest, type S3Request } from "./request.ts";
import { type AnsweredError, errorResponse, type S3Response, sendResponse } from "./response.ts";
import { checkExpectedOwner, route } from "./route.ts";
import { S3Error } from "./s3-error.ts";
import { newBucket } from "./state.ts";

export interface S3Options {
  /** Where bodies are kept, in a folder of their own that `stop` deletes. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  readonly clock: CloudClock;
  readonly observe: Observe;
  /** Takes notifications for functions, queues and topics. */
  readonly deliver: Deliver;
  /** Whether there is such a function, which a configuration may name; every one by default. */
  readonly hasFunction?: (arn: string) => boolean;
  /** Takes events for EventBridge's default bus. */
  readonly putEvent: (entry: BusEntry) => Promise<void>;
  /** Requests that must fail, and how. */
  readonly failRequest?: FailRequest;
}

/** A bucket as it is to be from the start. */
export interface BucketDefinition {
  readonly name: string;
  readonly versioning?: "Enabled" | "Suspended";
  readonly lifecycle?: readonly LifecycleRule[];
  readonly notifications?: NotificationConfiguration;
}

export interface S3 extends Running {
  /** For AWS_ENDPOINT_URL_S3. Clients put the bucket into the path by themselves where the host is an IP address. */
  readonly endpoint: string;
  /** A client of the wire API; stopped with the service. */
  readonly client: S3Client;
  /** Creates buckets; their destinations get their `s3:TestEvent`. Rejects as S3 would. */
  createBuckets(buckets: readonly BucketDefinition[]): Promise<void>;
  /** Puts what another service writes into a bucket, under the key that its attribute `Key` names. */
  readonly receive: Deliver;
  /** Notifications that have not arrived yet. */
  pending(): number;
}

/**
 * Starts S3's API on a free loopback port, for any AWS client. Bodies are streamed to and from disk; what is known
 * of objects is in memory. Signatures are not checked.
 */
export async function startS3(options: S3Options): Promise<S3> {
  const { clock, region, accountId } = options;
  const directory = join(options.directory, "s3-bodies");
  await mkdir(directory, { recursive: true });
  const observe: Observe = (fact) => {
    try {
      options.observe(fact);
    } catch {
      // A listener that throws must not lose a notification.
    }
  };
  const agenda = startAgenda(clock);
  const { deliver, putEvent, hasFunction = () => true } = options;
  const home = { region, accountId };
  const notifier = startNotifier({ deliver, hasFunction, putEvent, agenda, now: clock.now, observe, home });
  const context: S3Context = {
    buckets: new Map(),
    files: bodyFiles(directory),
    clock,
    agenda,
    notifier,
    region,
    accountId,
    ownerId: canonicalUserId(accountId),
  };
  const failRequest = options.failRequest ?? (() => undefined);
  const server = await startHttpServer(
    (request, response) => void serve(context, failRequest, request, response),
  );
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new S3Client({
    endpoint,
    region,
    credentials: localCredentials,
  });
  return {
    endpoint,
    client,
    pending: () => notifier.pending(),
    async receive(arn, payload, { Key = "" } = {}) {
      await client.send(new PutObjectCommand({ Bucket: arn.split(":").at(-1), Key, Body: payload }));
    },
    async createBuckets(buckets) {
      for (const definition of buckets) await createBucket(context, definition);
    },
    async stop() {
      client.destroy();
      await agenda.stop();
      await server.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function createBucket(context: S3Context, definition: BucketDefinition): Promise<void> {
  checkBucketName(definition.name);
  if (context.buckets.has(definition.name)) {
    throw new S3Error("BucketAlreadyOwnedByYou", `The bucket ${definition.name} is there already.`);
  }
  const bucket = newBucket(definition.name, context.clock.now());
  bucket.versioning = definition.versioning;
  bucket.lifecycle = definition.lifecycle ?? [];
  if (definition.notifications !== undefined) {
    const test = { bucket: bucket.name, requestId: newRequestId(), skip: false };
    await context.notifier.validate(definition.notifications, test);
    bucket.notifications = definition.notifications;
  }
  context.buckets.set(bucket.name, bucket);
}

async function serve(
  context: S3Context,
  failRequest: FailRequest,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = newRequestId();
  const head = message.method === "HEAD";
  const answer = await answerTo(context, failRequest, () => readRequest(message, requestId)).catch(
    (error: unknown) => errorResponse(knownError(error), requestId),
  );
  await sendResponse(response, answer, { requestId, head }).catch((error: unknown) => {
    // Something that no header can carry; the connection is all that is left to say it.
    response.destroy(error instanceof Error ? error : undefined);
  });
  // What is left of a body that nobody wanted would stand in the way of the connection's next request.
  message.resume();
}

async function answerTo(
  context: S3Context,
  failRequest: FailRequest,
  read: () => S3Request,
): Promise<S3Response> {
  const request = read();
  const operation = route(request);
  checkExpectedOwner(request, context.accountId);
  return failed(operation.name, request, failRequest) ?? (await operation.handle(context, request));
}

function knownError(error: unknown): AnsweredError {
  if (error instanceof S3Error) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new S3Error("InternalError", `We encountered an internal error. Please try again. (${message})`);
}

const newRequestId = (): string => randomBytes(8).toString("hex").toUpperCase();
