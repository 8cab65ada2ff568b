import type { AwsTransport } from "holdfast/aws/dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { everyOrder } from "../../races/interleavings/every-order.ts";
import { counted } from "./subjects.ts";
import { type Setting, writers } from "./writers.ts";

// Loads ajv, which takes real time.
beforeAll(async () => {
  await counted.check({ n: 1 });
});

/** How many orders there are: a world that offers fewer is another world. */
const cases: readonly (readonly [string, number, Setting])[] = [
  ["two writers, two replies lost", 44, { writers: 2, events: 1, losses: 2 }],
  ["two writers of two events, two replies lost", 44, { writers: 2, events: 2, losses: 2 }],
  ["three writers, a reply lost", 990, { writers: 3, events: 1, losses: 1 }],
  [
    "two readers, events visible from the last on",
    36,
    { writers: 1, events: 3, losses: 0, readers: 2, visible: "last" },
  ],
  [
    "two readers, events visible from the first on",
    36,
    { writers: 1, events: 3, losses: 0, readers: 2, visible: "first" },
  ],
  [
    "two writers, a reader, a reply lost, events visible from the last on",
    500,
    { writers: 2, events: 2, losses: 1, readers: 1, visible: "last" },
  ],
  [
    "two writers, a reader, a reply lost, events visible from the first on",
    500,
    { writers: 2, events: 2, losses: 1, readers: 1, visible: "first" },
  ],
];

describe("in every order of what writers and readers of one stream do", () => {
  test.each(cases)(
    "each event is there once, without gaps, and every reader sees whole appends, the same ones: %s",
    { timeout: 120_000 },
    async (_name, orders, setting) => {
      expect(await everyOrder(() => writers(setting))).toEqual({ schedules: orders, isComplete: true });
    },
  );

  /** What the conditions are for. */
  function without(condition: string): (transport: AwsTransport) => AwsTransport {
    return (transport) => ({
      call: (operation, input, call) =>
        transport.call(
          operation,
          JSON.parse(
            JSON.stringify(input).replaceAll(condition, "attribute_exists(v) OR attribute_not_exists(v)"),
          ),
          call,
        ),
    });
  }

  test("events overwrite each other without the condition of their places: the control", async () => {
    const spoil = without("attribute_not_exists(#stream)");
    await expect(everyOrder(() => writers({ writers: 2, events: 1, losses: 0, spoil }))).rejects.toThrow(
      /1 events/,
    );
  });

  test("a reader sees half an append where it does not wait for the rest: the control", async () => {
    const spoil = (transport: AwsTransport): AwsTransport => ({
      async call(operation, input, call) {
        const answer = await transport.call(operation, input, call);
        if (operation !== "Query") return answer;
        const items = answer["Items"] as { version: { N: string } }[];
        return { ...answer, Items: items.map((item) => ({ ...item, appendedTo: item.version })) };
      },
    });
    const setting = { writers: 1, events: 2, losses: 0, readers: 1, visible: "first", spoil } as const;
    await expect(everyOrder(() => writers(setting))).rejects.toThrow("half of an append");
  });
});
