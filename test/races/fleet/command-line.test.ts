import { expect, it } from "vitest";
import { readFleetArguments } from "../../../tools/fleet/command-line.ts";

const read = (...argv: string[]) => readFleetArguments(argv, () => 42);

it("a fleet has 1,000 keys, 20 deliveries and a new seed unless it is told otherwise", () => {
  expect(read()).toMatchObject({ keys: 1_000, deliveries: 20, seed: 42, without: [], faults: undefined });
  expect(
    read("--keys", "60", "--deliveries=3", "--seed", "7", "--without", "idempotency", "--faults=none"),
  ).toEqual({
    keys: 60,
    deliveries: 3,
    seed: 7,
    without: ["idempotency"],
    faults: {},
    json: false,
    help: false,
  });
});

it.each([
  [["--keys", "0"], /--keys takes a whole number/],
  [["--keys"], /--keys/],
  [["--deliveries", "1.5"], /--deliveries takes a whole number/],
  [["--seed", "x"], /--seed takes a whole number/],
  [["--without", "sleep"], /cannot take away "sleep"/],
  [["--faults", "{"], /--faults/],
  [["--keep"], /--keep/],
  [["orders"], /orders/],
])("a wrong command line is refused: %j", (argv, message) => {
  expect(() => read(...argv)).toThrow(message);
});
