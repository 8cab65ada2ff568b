import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import { planLogs, SECRET } from "../../../examples/log-processing/scenario/logs.ts";

const plan = planLogs(200, seededRandom(7));
const versions = plan.logs.flatMap((log) => log.versions.map((version) => ({ ...log, ...version })));
const good = versions.filter(({ errors }) => errors !== undefined);

describe("the logs of a run", () => {
  it("are as many as was asked for, each with a key of its own", () => {
    expect(plan.logs).toHaveLength(200);
    expect(new Set(plan.logs.map(({ key }) => key)).size).toBe(200);
  });

  it("are the same for the same seed", () => {
    const bytes = (seed: number) =>
      planLogs(20, seededRandom(seed)).logs.flatMap((log) =>
        log.versions.map(({ body }) => body.toString("hex")),
      );
    expect(bytes(3)).toEqual(bytes(3));
    expect(bytes(3)).not.toEqual(bytes(4));
  });

  it("say rightly how many of their lines are errors", () => {
    for (const { body, errors } of good) {
      const text = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
      const lines = text.toString().split("\n");
      expect(lines.filter((line) => line.includes("ERROR")).length).toBe(errors);
    }
  });

  it("are of many sizes, from nothing to megabytes, packed or not, some in parts", () => {
    const sizes = good.map(({ body }) => body.length);
    expect(Math.min(...sizes)).toBe(0);
    expect(Math.max(...sizes)).toBeGreaterThan(5 * 1024 * 1024);
    expect(good.filter(({ key }) => key.endsWith(".gz")).length).toBeGreaterThan(40);
    expect(good.some(({ inParts }) => inParts)).toBe(true);
    expect(good.some(({ contentEncoding }) => contentEncoding === "gzip")).toBe(true);
  });

  it("are overwritten, hidden and deleted, some of them", () => {
    expect(plan.logs.filter(({ versions: list }) => list.length > 1).length).toBeGreaterThan(5);
    expect(new Set(plan.logs.map(({ afterwards }) => afterwards))).toEqual(
      new Set([undefined, "hidden", "deleted"]),
    );
  });

  it("have odd keys among them", () => {
    const keys = plan.logs.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(["2026/11/a b+c%20.log", "ünïcödé/日志/🪵.log"]));
    expect(keys.every((key) => /\.log(\.gz)?$/.test(key))).toBe(true);
    expect(plan.others.some((key) => /\.log(\.gz)?$/.test(key))).toBe(false);
  });

  it("have some that are damaged, first, and cannot be read as they are", () => {
    const damaged = plan.logs.filter((log) => log.versions.some(({ errors }) => errors === undefined));
    expect(damaged).toEqual(plan.logs.slice(0, damaged.length));
    expect(damaged.length).toBe(5);
    for (const { versions: list } of damaged) {
      expect(() => gunzipSync(list[0]?.body ?? Buffer.alloc(0))).toThrow();
    }
  });

  it("have something in them that nobody may see elsewhere", () => {
    expect(good.some(({ body }) => body.includes(SECRET))).toBe(true);
  });
});
