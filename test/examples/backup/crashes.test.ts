import type { AwsTransport } from "holdfast/aws/client";
import { type CrashWorld, exploreCrashes, fakeContext } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import event from "../../../examples/backup/events/store-chunk.json" with { type: "json" };
import { type ChunkMessage, chunkMessage } from "../../../examples/backup/src/chunk.ts";
import { foundBy } from "../../testing/crash-explorer/found-by.ts";
import { type OneClient, oneClient } from "../one-client.ts";
import { chunk } from "./fixtures.ts";
import { s3Double } from "./s3-double.ts";

/** The handler as it is deployed: the clients that it makes when its module is loaded are replaced. */
const clients: { readonly s3: OneClient<AwsTransport>; readonly sqs: OneClient<AwsTransport> } = {
  s3: oneClient(),
  sqs: oneClient(),
};
vi.mock("holdfast/aws/client", () => ({
  clientTransport: (_: object, commands: object) =>
    "SendMessage" in commands ? clients.sqs.client : clients.s3.client,
}));

beforeAll(async () => {
  for (const name of ["STAGING_BUCKET", "DEAD_CHUNKS_URL"]) vi.stubEnv(name, name);
  vi.stubEnv("WRITE_ONCE", "true");
  vi.stubEnv("MAX_RECEIVE_COUNT", "5");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  // Loads ajv, which takes real time.
  await chunkMessage["~standard"].validate({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

interface Sent {
  readonly chunk_id: string;
  readonly sha256: string;
  readonly code: string;
}

/** These messages are delivered until they are done with. */
async function storing(
  messages: readonly ChunkMessage[],
  check: (kept: ReturnType<typeof s3Double>["versions"], sent: readonly Sent[]) => void,
  { conditions = true } = {},
): Promise<() => CrashWorld> {
  const { handler } = await import("../../../examples/backup/src/handlers/store-chunk.ts");
  return () => {
    const s3 = s3Double({ conditions });
    const sent: Sent[] = [];
    const sqs: AwsTransport = {
      async call(_, input) {
        const { MessageBody, MessageAttributes } = input as Letter;
        const { chunk_id, sha256 }: ChunkMessage = JSON.parse(MessageBody);
        sent.push({ chunk_id, sha256, code: MessageAttributes["ReasonCode"]?.StringValue ?? "" });
        return {};
      },
    };
    return {
      start({ watch, runtime }) {
        clients.s3.serve(runtime, watch("s3", s3.transport));
        clients.sqs.serve(runtime, watch("sqs", sqs));
        const records = event.Records.flatMap((record, index) => {
          const message = messages[index];
          return message === undefined ? [] : [{ ...record, body: JSON.stringify(message) }];
        });
        return async () => {
          const context = fakeContext({ runtime, timeoutMs: 20_000 });
          const { batchItemFailures } = await handler({ Records: records }, context);
          // SQS delivers what is named again.
          if (batchItemFailures.length > 0) throw new Error("It was given back.");
        };
      },
      check: () => check(s3.versions, sent),
    };
  };
}

interface Letter {
  readonly MessageBody: string;
  readonly MessageAttributes: Readonly<Record<string, { readonly StringValue: string }>>;
}

describe("store-chunk, whatever await it dies, loses a reply or sleeps at", () => {
  const one = (kept: readonly object[]) => expect(kept).toHaveLength(1);

  it("writes a chunk once, and sets nothing aside", { timeout: 60_000 }, async () => {
    const world = await storing([chunk()], (kept, sent) => {
      one(kept);
      expect(sent).toEqual([]);
    });
    const report = await exploreCrashes(world, { maxFaults: 2 });
    expect(report).toMatchObject({ isComplete: true, awaits: ["s3.call"] });
  });

  it("stores one of two chunks with one id, and sets the other one aside at least once", async () => {
    const [a, b] = [chunk(), chunk({}, "other bytes")];
    const world = await storing([a, b], (kept, sent) => {
      one(kept);
      const loser = kept[0]?.ChecksumSHA256 === Buffer.from(a.sha256, "hex").toString("base64") ? b : a;
      const refused = sent.map(({ sha256, code }) => [sha256, code]);
      expect(new Set(refused.map(String))).toEqual(
        new Set([[loser.sha256, "CHUNK_CONFLICT"].map(String).join()]),
      );
    });
    const report = await exploreCrashes(world);
    expect(report).toMatchObject({ isComplete: true });
    expect(new Set(report.awaits)).toEqual(new Set(["s3.call", "sqs.call"]));
  });

  it("sets a corrupt chunk aside at least once, stores nothing of it, and stores its neighbour once", async () => {
    const corrupt = chunk({ chunk_id: "corrupt", sha256: "0".repeat(64) });
    const world = await storing([corrupt, chunk()], (kept, sent) => {
      expect(kept.map(({ Key }) => Key)).toEqual(["chunks/nightly-0"]);
      expect(new Set(sent.map(({ chunk_id, code }) => `${chunk_id} ${code}`))).toEqual(
        new Set(["corrupt CHUNK_CORRUPT"]),
      );
    });
    expect(await exploreCrashes(world)).toMatchObject({ isComplete: true });
  });

  it("writes it twice where S3 takes no notice of the condition: the control", async () => {
    const found = await foundBy(await storing([chunk()], one, { conditions: false }));
    expect(found.schedule).toHaveLength(1);
  });
});
