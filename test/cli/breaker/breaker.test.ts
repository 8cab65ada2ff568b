import { rootCall } from "holdfast";
import { type CircuitStore, operateCircuit } from "holdfast/circuit-breaker";
import { type ManualRuntime, manualRuntime, memoryCircuitStore } from "holdfast/testing";
import { beforeEach, expect, test } from "vitest";
import { breakerWith } from "../../../src/cli/breaker/index.ts";
import { type Ran, runCommand } from "../fake-io.ts";

let clock: ManualRuntime;
let store: CircuitStore;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryCircuitStore();
});

function holdfast(args: string): Promise<Ran> {
  const command = breakerWith(() => store);
  return runCommand(command, args.split(" "), { runtime: clock });
}

test("a circuit of which nobody has written is told as such, and is exit code 3", async () => {
  const { exitCode, out, err } = await holdfast("show --name bank");
  expect({ exitCode, out }).toEqual({ exitCode: 3, out: "" });
  expect(err).toContain("Nobody has written of this circuit");
  expect(JSON.parse((await holdfast("show --name bank --json")).out)).toEqual({ found: false, name: "bank" });
});

test.each([
  ["open", /Open: calls are refused for 10 s yet/],
  ["open --for 90", /Open: calls are refused for 90 s yet/],
  ["close", /Closed: calls go through/],
  ["isolate", /Isolated by hand: every call is refused/],
  ["throttle --share 10%", /Closed, and throttled by hand[\s\S]*share +10 % of calls/],
  ["throttle --share 0.125", /share +12.5 % of calls/],
])("%s is written for all, and shown as it is then", async (words, shown) => {
  const [word, ...options] = words.split(" ");
  const ran = await holdfast([word, "--name", "bank", ...options].join(" "));
  expect(ran.exitCode).toBe(0);
  expect(ran.err).toContain('Nobody had written of "bank" before');
  expect(ran.out).toMatch(shown);
  expect((await holdfast("show --name bank")).out).toBe(ran.out);
});

test.each(["close", "throttle --share 10%"])(
  "%s of a circuit that was never in another state says of no time since when",
  async (words) => {
    const [word, ...options] = words.split(" ");
    expect((await holdfast([word, "--name", "bank", ...options].join(" "))).out).not.toMatch(/since|1970/);
    expect(JSON.parse((await holdfast("show --name bank --json")).out)).toMatchObject({ since: null });
  },
);

test("an open circuit whose cooldown is over says that the next call is a probe", async () => {
  await holdfast("open --name bank");
  clock.jump(10_000);
  expect((await holdfast("show --name bank")).out).toContain(
    "its cooldown is over: the next call is a probe",
  );
});

test("what is done again by hand is not asked about", async () => {
  await holdfast("isolate --name bank");
  expect(await holdfast("close --name bank")).toMatchObject({ exitCode: 0, err: "" });
});

test("an isolation is ended by a hand alone", async () => {
  await holdfast("isolate --name bank");
  clock.jump(86_400_000);
  expect((await holdfast("show --name bank")).out).toContain("Isolated by hand");
  await holdfast("close --name bank");
  expect((await holdfast("show --name bank")).out).toContain("Closed a moment ago: more and more calls");
  clock.jump(10_000);
  expect((await holdfast("show --name bank")).out).toContain("Closed: calls go through");
});

test("--json is for programs: the item, times in ISO 8601, and no token", async () => {
  await operateCircuit({ store, name: "bank", to: "open" }, rootCall({ runtime: clock }));
  const shown = JSON.parse((await holdfast("show --name bank --json")).out);
  expect(shown).toMatchObject({ found: true, name: "bank", state: "OPEN", openings: 1, probeUntil: null });
  expect(new Date(shown.until).getTime() - new Date(shown.since).getTime()).toBe(10_000);
  expect(shown).not.toHaveProperty("token");
});

test.each([
  ["show", "Which circuit? Give --name."],
  ["open --name bank --for soon", "--for is a number of seconds."],
  ["close --name bank --for 9", "Unknown option '--for'"],
  ["open --name bank --table", "--table"],
  ["throttle --name bank", "--share is a share of calls"],
  ["throttle --name bank --share 0", "--share is a share of calls"],
  ["throttle --name bank --share 120%", "--share is a share of calls"],
  ["throttle --name bank --share .", "--share is a share of calls"],
  ["open --name bank --share 0.1", "Unknown option '--share'"],
])("%s is refused with how it is used, and writes nothing", async (args, message) => {
  const { exitCode, err } = await holdfast(args);
  expect(exitCode).toBe(2);
  expect(err).toContain("Usage: holdfast breaker");
  expect(err).toContain(message);
  expect(await store.read("bank", rootCall())).toBeUndefined();
});

test("without a table nobody knows where the circuit is", async () => {
  const { breaker } = await import("../../../src/cli/breaker/index.ts");
  const { exitCode, err } = await runCommand(breaker, ["show", "--name", "bank"], { runtime: clock });
  expect(exitCode).toBe(2);
  expect(err).toContain("Where is the circuit? Give --table.");
});
