import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../../examples/local/clock.ts";
import { startChild } from "../../../../examples/local/process/child.ts";
import { freePort } from "../../../../examples/local/process/free-port.ts";
import { type Reaper, startReaper } from "../../../../examples/local/process/reaper.ts";
import { eventually } from "../lambda/fixtures.ts";

let reaper: Reaper;
beforeEach(() => {
  reaper = startReaper();
});
afterEach(() => reaper.stop());

function start(script: string, lines: string[] = []) {
  return startChild({
    command: process.execPath,
    args: ["-e", script],
    env: {},
    reaper,
    onLine: (line) => void lines.push(line),
  });
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that has ended and was not yet waited for still has its number.
  return !execFileSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" })
    .trim()
    .startsWith("Z");
}

/** The processes started by us whose command names the reaper. */
function reaperPids(): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,state=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, state]) => Number(parent) === process.pid && !state?.startsWith("Z"))
    .filter((fields) => fields.some((field) => field.endsWith("reaper-child.ts")))
    .map(([pid]) => Number(pid));
}

describe("a child process", () => {
  it("gives its lines, the last without its end too, and how it ended", async () => {
    const lines: string[] = [];
    const child = start(
      "console.log('one\\ntwo'); process.stderr.write('three'); process.exitCode = 3",
      lines,
    );
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect(lines.sort()).toEqual(["one", "three", "two"]);
  });

  it("takes the processes that it started with it", async () => {
    const lines: string[] = [];
    const child = start(
      `const { spawn } = require("node:child_process");
       const g = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
       console.log(g.pid); setTimeout(() => process.exit(0), 50)`,
      lines,
    );
    await child.exited;
    const grandchild = Number(lines[0]);
    expect(grandchild).toBeGreaterThan(1);
    await eventually(() => !runs(grandchild), 500);
  });

  it("says why it could not be started", async () => {
    const child = startChild({ command: "/no/such/program", args: [], env: {}, reaper, onLine: () => {} });
    expect((await child.exited).error?.message).toContain("ENOENT");
    child.signal("SIGKILL");
  });
});

describe("the reaper", () => {
  it("kills what is left when it is let go of, even a frozen process", async () => {
    const child = start("setInterval(() => {}, 1000)");
    child.signal("SIGSTOP");
    await reaper.stop();
    expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("is replaced when it is killed itself, and its successor knows the same processes", async () => {
    const child = start("setInterval(() => {}, 1000)");
    const [first = 0] = reaperPids();
    process.kill(first, "SIGKILL");
    await eventually(() => reaperPids().some((pid) => pid !== first), 1_000);
    await reaper.stop();
    expect((await child.exited).signal).toBe("SIGKILL");
    expect(reaperPids()).toEqual([]);
  });
});

describe("the clock", () => {
  it("divides waits by its speed and can take them back", async () => {
    const clock = systemClock(1_000);
    const fired: string[] = [];
    const cancel = clock.after(5_000, () => void fired.push("cancelled"));
    clock.after(10_000, () => void fired.push("ten seconds"));
    cancel();
    await eventually(() => fired.length > 0, 1_000);
    expect(fired).toEqual(["ten seconds"]);
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a speed of %s", (speed) => {
    expect(() => systemClock(speed)).toThrow(RangeError);
  });
});

describe("a free port", () => {
  it("is a port of its own each time", async () => {
    const ports = [await freePort(), await freePort()];
    expect(Math.min(...ports)).toBeGreaterThan(1_023);
  });
});
