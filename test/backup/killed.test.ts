import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import { rootCall } from "holdfast";
import { s3Transport } from "holdfast/aws/s3";
import { staticKeyProvider } from "holdfast/crypto";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { sweepBackups } from "../../src/backup/sweep.ts";
import { setUpInside } from "../examples/local/s3/set-up.ts";

const DAY_MS = 86_400_000;
const program = fileURLToPath(new URL("./dying-run.ts", import.meta.url));
/** What a backup of two parts asks of S3: is there a manifest, creation, two parts, completion, the manifest. */
const REQUESTS = 6;

test("a process killed at any of its requests leaves one backup or none; another makes it, and the sweep and the lifecycle rule leave nothing else", async () => {
  const { client, s3, clock } = await setUpInside();
  const Bucket = "bucket";
  await client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: "abandoned",
            Status: "Enabled",
            Filter: { Prefix: "b/" },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      },
    }),
  );
  const uploads = async (): Promise<number> => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads.length;
  };
  const keyProvider = staticKeyProvider({ keyId: "1", key: Buffer.alloc(32, 7) });
  const place = { transport: s3Transport(client), bucket: Bucket, prefix: "b/", keyProvider };
  const reader = backupReader(place);
  const writer = backupWriter(place);
  async function* read() {
    yield randomBytes(6 * 2 ** 20);
  }
  const isThere = (version: string): Promise<boolean> =>
    reader.find({ name: "a", version }, rootCall()).then(
      () => true,
      () => false,
    );

  async function killedAt(last: number, when: string): Promise<void> {
    const source = { name: "a", version: `${when}-${last}` };
    const dying = promisify(execFile)(process.execPath, [
      program,
      s3.endpoint,
      source.version,
      String(last),
      when,
    ]);
    await expect(dying).rejects.toMatchObject({ signal: "SIGKILL" });
    const before = await isThere(source.version);
    if (when === "answered") expect(before).toBe(last === REQUESTS);
    const { status } = await writer.write({ source, read }, rootCall());
    // What was sent may arrive after the look, and before the other run's.
    if (when === "answered" || before) expect(status).toBe(before ? "skipped" : "written");
  }
  const each = Array.from({ length: REQUESTS }, (_, index) => index + 1);
  await Promise.all(
    ["answered", "sent"].map(async (when) => {
      for (const last of each) await killedAt(last, when);
    }),
  );
  // Killed once there was an upload, and before it was completed.
  expect(await uploads()).toBeGreaterThan(2);

  await clock.advance(2 * DAY_MS);
  const later = rootCall({ runtime: manualRuntime({ startMs: clock.now() }) });
  const { kept, removed } = await sweepBackups(
    { transport: place.transport, bucket: Bucket, prefix: "b/" },
    later,
  );
  expect(kept).toBe(2 * REQUESTS);
  expect(removed).toBeGreaterThan(0);
  expect(await uploads()).toBe(0);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents).toHaveLength(2 * kept);
  for await (const manifest of reader.list({}, rootCall())) await reader.verify(manifest, rootCall());
}, 120_000);
