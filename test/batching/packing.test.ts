import fc from "fast-check";
import { expect, test } from "vitest";
import { fifo } from "../../src/batching/engine/fifo.ts";
import { lanesOf } from "../../src/batching/engine/lanes.ts";
import { type Packable, packed } from "../../src/batching/sender/chunk.ts";
import { waitingLine } from "../../src/batching/sender/waiting-line.ts";

const limits = { maxEntries: 3, maxBytes: 10 };

interface One extends Packable<One> {
  readonly name: string;
}

/** `a:5` is an entry of 5 bytes; `a:5>b:3` are two in their order, of which the line knows the first. */
function lineOf(...lanes: readonly string[]): One[] {
  return lanes.map((lane) => {
    const ofLane = lane.split(">").map((text) => text.split(":"));
    const first = ofLane.reduceRight<One | undefined>(
      (next, [name = "", size]) => ({ name, size: Number(size), isWaiting: true, next }),
      undefined,
    );
    if (first === undefined) throw new Error("An empty lane.");
    return first;
  });
}

const names = (entries: readonly One[]): string => entries.map(({ name }) => name).join(" ");

test.each([
  ["nothing of nothing", [], "", false],
  ["what there is", ["a:1", "b:1"], "a b", false],
  ["up to the count", ["a:1", "b:1", "c:1", "d:1"], "a b c", true],
  ["up to the bytes, to the last one", ["a:5", "b:5", "c:1"], "a b", true],
  ["in order: a small one behind does not go first", ["a:6", "b:6", "c:1"], "a", true],
  ["at least one, so that none can stop the line", ["a:11", "b:1"], "a", true],
  ["one of each order", ["a:1>b:1", "c:1"], "a c", false],
])("a request takes %s", (_name, lanes, expected, isFull) => {
  const chunk = packed(lineOf(...lanes), limits);
  expect([names(chunk.entries), chunk.isFull]).toEqual([expected, isFull]);
  expect(chunk.fromLine).toBe(chunk.entries.length);
});

test.each([
  ["those that come after one", ["a:1>b:1", "c:1"], "a b c", 2, true],
  ["of them, no more than fit", ["a:4>b:4>c:4", "d:1"], "a b", 1, true],
])("with keepsOrder it takes %s", (_name, lanes, expected, fromLine, isFull) => {
  const chunk = packed(lineOf(...lanes), { ...limits, keepsOrder: true });
  expect([names(chunk.entries), chunk.fromLine, chunk.isFull]).toEqual([expected, fromLine, isFull]);
});

test("following the lanes visits every item once, in order within its lane", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c", undefined)), (keys) => {
      const lanes = lanesOf(keys.length, (index) => keys[index]);
      const visited = lanes.heads.flatMap((head) => {
        const lane = [head];
        for (let next = lanes.after(head); next !== undefined; next = lanes.after(next)) lane.push(next);
        expect(new Set(lane.map((index) => keys[index])).size).toBe(1);
        expect(lane).toEqual(lane.toSorted((a, b) => a - b));
        if (keys[head] === undefined) expect(lane).toEqual([head]);
        return lane;
      });
      expect(visited.toSorted((a, b) => a - b)).toEqual([...keys.keys()]);
    }),
  );
});

test("a waiting line gives what was sent before first, then what has joined, each in its order", () => {
  const line = waitingLine<number>();
  for (const item of [1, 2, 3]) line.join(item);
  expect([line.take(), line.take()]).toEqual([1, 2]);
  line.join(4);
  line.rejoin(1);
  line.rejoin(2);
  expect([...line]).toEqual([1, 2, 3, 4]);
  expect([line.take(), line.take(), line.take(), line.take(), line.length]).toEqual([1, 2, 3, 4, 0]);
});

test("a queue gives what was put in, in that order, however long it gets", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 20 }), (steps) => {
      const queue = fifo<number>();
      let put = 0;
      let taken = 0;
      for (const step of steps) {
        for (let count = 0; count < step; count++) queue.push(put++);
        for (let count = 0; count > step && queue.length > 0; count--) expect(queue.shift()).toBe(taken++);
        expect([queue.length, queue.first]).toEqual([put - taken, put === taken ? undefined : taken]);
      }
      expect([...queue]).toEqual(Array.from({ length: put - taken }, (_, index) => taken + index));
    }),
    { numRuns: 30 },
  );
});
