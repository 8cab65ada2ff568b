import { expect, it } from "vitest";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import { notCompleted, notOnce } from "./check.ts";
import { deliveriesOf } from "./feed.ts";

const tasks = ["long-0", "long-1"];

it("what was done once a task is right", () => {
  const done = new Map(tasks.map((task) => [task, 1]));
  expect(notOnce(tasks, done)).toEqual([]);
});

it("what was done twice, never, or for nobody is told", () => {
  const done = new Map([
    ["long-0", 2],
    ["long-9", 1],
  ]);
  expect(notOnce(tasks, done)).toEqual([
    "long-0 was done 2 times",
    "long-1 was done 0 times",
    "long-9 was done, and nobody asked for it",
  ]);
});

it("a record that is missing, or still held, is told", () => {
  const records = new Map([
    ["long#a", { state: { S: "IN_PROGRESS" } }],
    ["keyed#a", { state: { S: "COMPLETED" } }],
  ]);
  expect(notCompleted(tasks, "long", records)).toEqual([
    "there are 1 records for 2 tasks",
    "long#a is IN_PROGRESS",
  ]);
  expect(notCompleted(["keyed-0"], "keyed", records)).toEqual([]);
});

it("every task is sent as often as it is to be delivered, in an order that its seed decides", () => {
  const sent = (seed: number) => deliveriesOf(tasks, 20, seededRandom(seed));
  expect([...sent(1)].sort()).toEqual(tasks.flatMap((task) => Array.from({ length: 20 }, () => task)));
  expect(sent(1)).toEqual(sent(1));
  expect(sent(1)).not.toEqual(sent(2));
});
