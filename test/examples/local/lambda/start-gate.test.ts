import { expect, test } from "vitest";
import { startGate } from "../../../../examples/local/lambda/start-gate.ts";

/** A thing whose beginning ends when the test says so. */
function beginning() {
  let end: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { begun, end: () => end() };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("no more begin at once than it lets, and the next when one has begun", async () => {
  const gate = startGate(2);
  const things = [beginning(), beginning(), beginning()];
  const started: number[] = [];
  for (const [index, thing] of things.entries()) {
    void gate(
      async () => started.push(index),
      () => thing.begun,
    );
  }
  await turn();
  expect(started).toEqual([0, 1]);
  things[1]?.end();
  await turn();
  expect(started).toEqual([0, 1, 2]);
});

test("one that does not start, or does not begin, gives its place back", async () => {
  const gate = startGate(1);
  await expect(
    gate(
      () => Promise.reject(new Error("no process")),
      async () => {},
    ),
  ).rejects.toThrow("no process");
  await gate(
    async () => 1,
    () => Promise.reject(new Error("init error")),
  );
  await turn();
  expect(
    await gate(
      async () => 2,
      async () => {},
    ),
  ).toBe(2);
});
