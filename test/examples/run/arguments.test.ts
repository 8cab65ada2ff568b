import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readArguments, UsageError } from "../../../examples/local/run/arguments.ts";

const read = (...argv: string[]) => readArguments(argv, ["orders", "logs"], () => 7);

describe("the command line", () => {
  it("runs every app with a new seed and every protection when it says nothing", () => {
    expect(read()).toEqual({
      apps: ["orders", "logs"],
      without: [],
      seed: 7,
      json: false,
      keep: false,
      help: false,
    });
  });

  it("runs the apps it names", () => {
    expect(read("logs").apps).toEqual(["logs"]);
  });

  it("takes its options in any order, before and after the apps", () => {
    expect(read("--json", "orders", "--keep", "--without=idempotency", "--seed", "3")).toEqual({
      apps: ["orders"],
      without: ["idempotency"],
      seed: 3,
      json: true,
      keep: true,
      help: false,
    });
  });

  it.each(["--help", "-h"])("asks for the usage by %s", (option) => {
    expect(read(option).help).toBe(true);
  });

  it.each([
    ["0", 0],
    ["4294967295", 4_294_967_295],
    ["007", 7],
  ])("takes the seed %s", (text, seed) => {
    expect(read("--seed", text).seed).toBe(seed);
  });

  it.each(["4294967296", "-1", "1.5", "1e3", "0x10", "", " 1", "many"])("refuses the seed %j", (text) => {
    expect(() => read(`--seed=${text}`)).toThrow(UsageError);
    expect(() => read(`--seed=${text}`)).toThrow(/whole number from 0 to 4294967295/);
  });

  it("refuses an app that does not exist, and says which do", () => {
    expect(() => read("order")).toThrow(new UsageError('There is no app "order". There is: orders, logs.'));
  });

  it("refuses to take away what cannot be taken away, and says what can", () => {
    expect(() => read("--without", "retry")).toThrow(/cannot take away "retry". It can: idempotency/);
    expect(() => read("--without", "idempotency,retry")).toThrow(/"retry"/);
  });

  it("takes away what one of the chosen apps says can be taken away", () => {
    const controls = (app: string): readonly string[] => (app === "orders" ? ["breaker"] : []);
    const of = (...argv: string[]) => readArguments(argv, ["orders", "logs"], () => 7, controls).without;
    expect(of("--without", "breaker")).toEqual(["breaker"]);
    expect(of("orders", "--without", "breaker,idempotency")).toEqual(["breaker", "idempotency"]);
    expect(() => of("logs", "--without", "breaker")).toThrow(/"breaker". It can: idempotency\./);
  });

  it("takes a fault plan as a failed run prints it, from a file, or none of it", async () => {
    const plan = { entries: [{ code: "Slow", chance: 0.5 }] };
    expect(read().faults).toBeUndefined();
    expect(read("--faults", "none").faults).toEqual({});
    expect(read("--faults", JSON.stringify(plan)).faults).toEqual(plan);
    const folder = await mkdtemp(join(tmpdir(), "plan-"));
    await writeFile(join(folder, "plan.json"), JSON.stringify(plan));
    expect(read(`--faults=@${join(folder, "plan.json")}`).faults).toEqual(plan);
    await rm(folder, { recursive: true });
  });

  it("refuses a fault plan that cannot be followed, saying where, and a file that is not there", () => {
    expect(() => read("--faults", '{"entries":[{}]}')).toThrow(UsageError);
    expect(() => read("--faults", '{"entries":[{}]}')).toThrow(/entries\[0\]\.code: is missing/);
    expect(() => read("--faults", "@nowhere.json")).toThrow(/--faults: .*nowhere\.json/);
  });

  it("refuses --without that names nothing", () => {
    expect(() => read("--without", "")).toThrow(UsageError);
    expect(() => read("--without", ",")).toThrow(UsageError);
  });

  it("takes a protection away once, however often it is named", () => {
    expect(read("--without", "idempotency", "--without", "idempotency,idempotency").without).toEqual([
      "idempotency",
    ]);
  });

  it.each([[["--bogus"]], [["--json=yes"]], [["--seed"]], [["--without"]], [["-x"]], [["--seed", "--json"]]])(
    "refuses %j, naming the option",
    (argv) => {
      expect(() => read(...argv)).toThrow(UsageError);
      expect(() => read(...argv)).toThrow(/^.*'-(-bogus|-json|-seed|-without|x)\b/);
    },
  );
});
