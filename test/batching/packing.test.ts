import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkLength } from "../../src/batching/chunk.ts";
import { lanesOf } from "../../src/batching/lanes.ts";
import { waitingLine } from "../../src/batching/waiting-line.ts";

const limits = { maxEntries: 3, maxBytes: 10 };

test.each([
  ["nothing of nothing", [], 0],
  ["up to the count", [1, 1, 1, 1], 3],
  ["up to the bytes, to the last one", [5, 5, 1], 2],
  ["in order: a small one behind does not go first", [6, 6, 1], 1],
  ["at least one, so that an entry too large for any request cannot stop the line", [11, 1], 1],
])("a request takes %s", (_name, sizes, expected) => {
  expect(chunkLength(sizes, limits)).toBe(expected);
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

test("a waiting line gives what rejoined first, then what waited, then what joined", () => {
  const line = waitingLine([1, 2, 3]);
  expect(line.take(2)).toEqual([1, 2]);
  line.join(4);
  line.rejoin([2]);
  expect([...line.peek()]).toEqual([2, 3, 4]);
  expect(line.take(9)).toEqual([2, 3, 4]);
  expect(line.isEmpty).toBe(true);
});
