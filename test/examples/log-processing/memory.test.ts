import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type DynamoDb, startDynamoDb } from "../../../examples/local/dynamodb/service.ts";
import { buildFunctions } from "../../../examples/local/lambda/build-functions.ts";
import { startHttpServer } from "../../../examples/local/process/http-server.ts";
import { startReaper } from "../../../examples/local/process/reaper.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../examples/local/template/stack.ts";
import { recordOf } from "./fixtures.ts";

/** Some seconds on a machine with nothing else to do, where the tests of a whole repository run beside it many. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const MEMORY_MB = 256;
const MIB = 1024 * 1024;
const TWO_GB_IN_MIB = 2_048;

const stops: (() => Promise<unknown>)[] = [];
let stack: Stack;
let dynamodb: DynamoDb;
let s3 = "";
let folder = "";
let bundle = "";
/** What every object is: so many copies of a piece. Making 2 GB in a real bucket takes longer than counting in them. */
let object = { piece: Buffer.alloc(0), copies: 0 };

beforeAll(async () => {
  const reaper = startReaper();
  stops.push(() => reaper.stop());
  stack = loadTemplate("examples/log-processing/template.yaml", {
    name: "log-processing",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9",
  });
  folder = await mkdtemp(join(tmpdir(), "log-memory-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const { bundles } = await buildFunctions(stack.functions, folder);
  bundle = join([...bundles.values()][0]?.taskRoot ?? "", "process-log.cjs");
  dynamodb = await startDynamoDb({ reaper, region: stack.region });
  stops.push(() => dynamodb.stop());
  await dynamodb.createTables(stack.tables);
  const server = await startHttpServer((_, response) => {
    const { piece, copies } = object;
    response.writeHead(200, { "content-length": piece.length * copies, etag: '"e"' });
    pipeline(Readable.from(Array(copies).fill(piece)), response).catch(() => {});
  });
  stops.push(server.stop);
  s3 = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Runs the function as it is deployed, in a process with what Lambda gives to one of 256 MB. */
async function invoke(key: string): Promise<{ readonly peakMb: number; readonly errors: number }> {
  const eventFile = join(folder, "event.json");
  await writeFile(eventFile, JSON.stringify({ Records: [recordOf({ key, versionId: "v" })] }));
  const program = fileURLToPath(new URL("./one-invocation.ts", import.meta.url));
  const flags = [
    `--max-old-space-size=${Math.floor(MEMORY_MB * 0.9)}`,
    `--max-semi-space-size=${Math.floor(MEMORY_MB * 0.05)}`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, bundle, eventFile], {
    env: {
      PATH: process.env["PATH"],
      ...stack.functions[0]?.environment,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_ENDPOINT_URL_S3: s3,
    },
  });
  const { peakMb } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  const rows = await tableByKey(dynamodb.client, stack, "ProcessedLogsTable");
  return { peakMb, errors: Number(rows.get(`logs/${key}@v`)?.["error_count"]?.N) };
}

/** 64 lines of 16 bytes are a kilobyte; one of them is an error. */
const KIBIBYTE = `${"INFO all is ok.\n".repeat(63)}ERROR in a line\n`;
const TEXT = Buffer.alloc(MIB, KIBIBYTE);
const ERRORS = 1_024 * TWO_GB_IN_MIB;

describe("within 256 MB of memory", () => {
  it.each([
    ["a log of 2 GB is counted", "plain.log", TEXT, ERRORS],
    ["a packed log of 2 GB is counted", "packed.log.gz", gzipSync(TEXT), ERRORS],
    ["a line of 2 GB is one line", "line.log", Buffer.alloc(MIB, "no end ERROR    "), 1],
  ])("%s", async (_, key, piece, errors) => {
    object = { piece, copies: TWO_GB_IN_MIB };
    const found = await invoke(key);
    expect(found.errors).toBe(errors);
    expect(found.peakMb).toBeLessThan(MEMORY_MB);
    // A process that had not done its work would take no memory either.
    expect(found.peakMb).toBeGreaterThan(40);
  });
});
