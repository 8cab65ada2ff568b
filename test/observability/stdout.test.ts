import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { rootCall, wrap } from "holdfast";
import { logged } from "holdfast/observability";
import { expect, test, vi } from "vitest";
import { stdoutLines } from "../../src/observability/stdout.ts";

/** Takes lines as a pipe does that is read. */
function standardOutput() {
  return vi.spyOn(process.stdout, "write").mockImplementation((_chunk, done) => {
    if (typeof done === "function") queueMicrotask(done);
    return true;
  });
}

test("logged() writes there unless it is told otherwise", async () => {
  const write = standardOutput();
  try {
    await wrap(async () => "done", logged())({}, rootCall());
    expect(write.mock.calls[0]?.[0]).toMatch(/^\{.*"outcome":"ok".*\}\n$/);
  } finally {
    write.mockRestore();
  }
});

test("lines go to standard output as they are, and nothing is left listening", async () => {
  const listening = process.stdout.listenerCount("error");
  const write = standardOutput();
  try {
    const writeLine = stdoutLines();
    writeLine('{"service":"100%s"}');
    writeLine("{}");
    expect(write.mock.calls.map(([chunk]) => chunk)).toEqual(['{"service":"100%s"}\n', "{}\n"]);
    await Promise.resolve();
    expect(process.stdout.listenerCount("error")).toBe(listening);
  } finally {
    write.mockRestore();
  }
});

test("a closed pipe does not end the process", async () => {
  const stdout = fileURLToPath(new URL("../../src/observability/stdout.ts", import.meta.url));
  const program = `
    const { stdoutLines } = await import(${JSON.stringify(stdout)});
    const write = stdoutLines();
    process.stdin.once("data", () => {
      for (let n = 0; n < 3; n++) write("line " + n);
      setImmediate(() => { write("late"); setImmediate(() => process.exit(7)); });
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.write("go");
  expect(await once(child, "exit")).toEqual([7, null]);
});
