import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import { type Cloud, type CloudOptions, startCloud } from "../../../../examples/local/cloud.ts";
import { faultDecisions } from "../../../../examples/local/faults/decide.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { eventually } from "../lambda/fixtures.ts";
import { writeApp } from "./fixtures.ts";

let cloud: Cloud | undefined;
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
});

async function start(options: Partial<CloudOptions> = {}): Promise<{ cloud: Cloud; facts: CloudFact[] }> {
  const { file, buildDir } = await writeApp();
  const facts: CloudFact[] = [];
  cloud = await startCloud({
    stacks: [{ file, name: "test" }],
    buildDir,
    observe: (fact) => void facts.push(fact),
    ...options,
  });
  return { cloud, facts };
}

function post(to: Cloud, body: string): Promise<Response> {
  return fetch(`${to.endpoints.httpApis["Api"]}/things`, { method: "POST", body });
}

async function seen(from: Cloud): Promise<string[]> {
  const { Items = [] } = await from.clients.dynamodb.send(new ScanCommand({ TableName: "test-Seen" }));
  return Items.map(({ id }) => id?.S ?? "").sort();
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly command: string;
}

function processes(): Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,state=,args="], { encoding: "utf8" })
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [pid, parent, state = "", ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state, command: command.join(" ") };
  });
}

function descendants(of: number, all: readonly Process[] = processes()): number[] {
  return all.filter(({ parent }) => parent === of).flatMap(({ pid }) => [pid, ...descendants(pid, all)]);
}

/** Of these, the processes that still run; one that has ended and waits for its parent to notice does not. */
function alive(pids: readonly number[]): number[] {
  return processes().flatMap(({ pid, state }) => (pids.includes(pid) && !state.startsWith("Z") ? [pid] : []));
}

describe("the local cloud", () => {
  it("carries an HTTP request through bus, rule, queue and functions into the table", async () => {
    const { cloud, facts } = await start();
    const response = await post(cloud, '{"id":"a"}');
    expect([response.status, await response.text()]).toEqual([202, "a"]);
    await cloud.idle(5_000);

    expect(await seen(cloud)).toEqual(["direct-a", "queued-a"]);
    expect(await cloud.pending()).toEqual({
      invocations: 0,
      deliveries: 0,
      queueMessages: 0,
      streamRecords: 0,
    });
    const started = facts.flatMap((fact) =>
      fact.type === "invoke-start" ? [[fact.functionName, fact.source]] : [],
    );
    expect(started.sort()).toEqual([
      ["test-Direct", "async"],
      ["test-Front", "http"],
      ["test-Queued", "sqs:test-Things"],
    ]);
    for (const endpoint of [...Object.values(cloud.endpoints.httpApis), cloud.endpoints.sqs]) {
      expect(new URL(endpoint).hostname).toBe("127.0.0.1");
    }
  });

  it("brings what cannot be handled to the dead-letter queue on every path, and is then idle", async () => {
    const { cloud, facts } = await start({ speed: 60 });
    await post(cloud, '{"id":"poison"}');
    await cloud.idle(8_000);

    const letters = facts.filter(({ type }) => type === "dead-letter");
    expect(letters).toHaveLength(2);
    const dead = await cloud.inspectQueue("test-Dead");
    expect(dead.map(({ body }) => JSON.parse(body))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ detail: { id: "poison" } }),
        expect.objectContaining({
          requestContext: expect.objectContaining({ condition: "RetriesExhausted" }),
        }),
      ]),
    );
    expect(await seen(cloud)).toEqual([]);
  });

  it("retries what was killed in the middle, and what a fault delivers twice arrives twice", async () => {
    const { cloud, facts } = await start({
      speed: 60,
      faults: faultDecisions(
        {
          invocations: [
            { do: "kill", function: "Direct", at: { afterMs: 0 }, nth: 1 },
            { do: "kill", function: "Queued", at: { afterMs: 0 }, nth: 1 },
          ],
          deliveries: [{ do: "duplicate", function: "Queued", nth: 1 }],
        },
        1,
      ),
    });
    await post(cloud, '{"id":"a"}');
    await cloud.idle(8_000);
    expect(await seen(cloud)).toEqual(["direct-a", "queued-a"]);
    expect(facts.filter(({ type }) => type === "killed").length).toBeGreaterThanOrEqual(1);
    expect(facts.filter(({ type }) => type === "duplicate")).toHaveLength(1);
  });

  it("says what is still pending when it does not become idle in time", async () => {
    const { cloud } = await start();
    await post(cloud, '{"id":"poison"}');
    await expect(cloud.idle(100)).rejects.toThrow(/still pending after 100 ms: .* 1 messages in queues/);
  });

  it("waits no longer for what is pending once it is stopped", async () => {
    const { cloud } = await start();
    await post(cloud, '{"id":"poison"}');
    const waiting = expect(cloud.idle()).rejects.toThrow(/was stopped before it had come to rest/);
    await cloud.stop();
    await waiting;
  });

  it("gives the functions of a stack the environment of the run", async () => {
    const { file, buildDir } = await writeApp();
    cloud = await startCloud({
      stacks: [{ file, name: "test", environment: { BUS: "no-such-bus" } }],
      buildDir,
    });
    // EventBridge takes an event for a bus that does not exist, and nothing gets it.
    expect((await post(cloud, '{"id":"a"}')).status).toBe(202);
    await cloud.idle(5_000);
    expect(await seen(cloud)).toEqual([]);
  });

  it("leaves no process behind when it is stopped", async () => {
    const before = descendants(process.pid);
    const { cloud } = await start();
    await post(cloud, '{"id":"a"}');
    await cloud.idle(5_000);
    const children = descendants(process.pid).filter((pid) => !before.includes(pid));
    expect(children.length).toBeGreaterThanOrEqual(4);
    await cloud.stop();
    expect(alive(children)).toEqual([]);
  });

  it("stops what it had started when a later part cannot start", async () => {
    const before = descendants(process.pid);
    const { file, buildDir } = await writeApp((template) =>
      template.replace("source: [test]", "source: [{ prefx: a }]"),
    );
    await expect(startCloud({ stacks: [{ file, name: "test" }], buildDir })).rejects.toThrow(
      /template\.yaml:\d+/,
    );
    // esbuild keeps one helper process for later builds; it ends with us.
    const left = processes().filter(
      ({ parent, command }) => parent === process.pid && !command.includes("esbuild"),
    );
    expect(alive(left.map(({ pid }) => pid)).filter((pid) => !before.includes(pid))).toEqual([]);
  });

  it("leaves no process behind when its runner is killed", async () => {
    const { file, buildDir } = await writeApp();
    const runner = spawn(
      process.execPath,
      [fileURLToPath(new URL("./runner.ts", import.meta.url)), file, buildDir],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise<void>((resolve, reject) => {
      runner.stdout.once("data", () => resolve());
      runner.once("exit", (code) => reject(new Error(`the runner ended early: ${code}`)));
    });
    const children = descendants(runner.pid ?? 0);
    // The reaper, DynamoDB and three environments, of which those at rest are frozen.
    expect(children.length).toBeGreaterThanOrEqual(5);
    runner.removeAllListeners("exit");
    runner.kill("SIGKILL");
    await eventually(() => alive(children).length === 0, 2_000);
  });
});
