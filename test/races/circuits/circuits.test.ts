import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settings } from "./app/settings.ts";
import { type Environments, startEnvironments } from "./environments.ts";
import { type Chapter, loneOutage, type Outage, sharedOutage, throttled } from "./outage.ts";
import { notAnswered, notGentle, notProbes, outcomesOf, probesIn } from "./rules.ts";

const SIZE = 40;
/** Some forty seconds of a machine that has nothing else to do: others may run beside it. */
const HOOK_MS = 400_000;
/** A machine that is busy lets an environment wait for its turn. */
const LATE_MS = 20_000;

describe("forty environments that share a circuit, and one dependency that dies and recovers", () => {
  let environments: Environments;
  let outage: Outage;
  let withoutStore: { readonly throttled: Chapter } & Pick<Outage, "dying" | "dead" | "back">;
  beforeAll(async () => {
    environments = await startEnvironments(SIZE, "on");
    outage = await sharedOutage(environments, SIZE);
    environments.storeFate = { do: "throttle" };
    const whileThrottled = await throttled(environments, SIZE);
    environments.storeFate = { do: "lose-request" };
    withoutStore = { throttled: whileThrottled, ...(await loneOutage(environments, SIZE)) };
  }, HOOK_MS);
  afterAll(() => environments?.stop());

  /** Environments that were called during the outage, by what they asked in vain. */
  function failuresOf({ requests }: Chapter): ReadonlyMap<number, number> {
    const failures = new Map<number, number>();
    for (const { pid, kind } of requests)
      if (kind === "call") failures.set(pid, (failures.get(pid) ?? 0) + 1);
    return failures;
  }

  it("each of the forty is a process of its own", () => {
    const [round] = outage.healthy.rounds;
    expect(new Set(round?.answers.map(({ pid }) => pid)).size).toBe(SIZE);
  });

  it("while all is well nothing is written, and each environment reads once an interval at most", () => {
    const { fromMs, untilMs, storeRequests } = outage.healthy;
    expect(notAnswered(outage.healthy.rounds)).toEqual([]);
    expect(new Set(storeRequests)).toEqual(new Set(["GetItem"]));
    expect(storeRequests.length).toBeLessThanOrEqual(SIZE * (1 + (untilMs - fromMs) / settings.readEveryMs));
  });

  it("when it dies all of them open, none after more failures than its own circuit allows, and not all by themselves", () => {
    const failures = [...failuresOf(outage.dying).values()];
    expect(Math.max(...failures)).toBeLessThanOrEqual(settings.threshold);
    // Three in four as a rule; fewer where a machine is so busy that looks come late.
    expect(failures.filter((count) => count < settings.threshold).length).toBeGreaterThan(0);
  });

  it("while it is dead nothing comes to it but probes, one at a time, and one a cooldown at most", () => {
    const { dead, stopped, started } = outage;
    expect(notProbes(dead.requests, new Set([...stopped, ...started]))).toEqual([]);
    expect(probesIn(dead.requests).length).toBeGreaterThanOrEqual(3);
  });

  it("an environment that is killed in the middle of the probe does not keep the circuit open beyond its lease", () => {
    const { killed, frozen } = outage;
    const { probeTimeoutMs, storeTimeoutMs } = settings;
    // The probe, what two clocks can differ by, and the claim with the look for its reply.
    expect(killed.leaseUntilMs - killed.atMs).toBeLessThanOrEqual(
      probeTimeoutMs + 1_000 + 2 * storeTimeoutMs,
    );
    expect(frozen.pid).not.toBe(killed.pid);
    expect(frozen.atMs).toBeGreaterThanOrEqual(killed.leaseUntilMs);
    expect(frozen.atMs).toBeLessThan(killed.leaseUntilMs + LATE_MS);
  });

  it("one that is stopped in the middle of the probe does not either, and changes nothing when it wakes", () => {
    const { frozen, dead, epochs } = outage;
    const later = probesIn(dead.requests).filter(({ atMs }) => atMs > frozen.atMs);
    expect(later[0]?.atMs).toBeGreaterThanOrEqual(frozen.leaseUntilMs);
    expect(later[0]?.atMs).toBeLessThan(frozen.leaseUntilMs + LATE_MS);
    expect(epochs[1] - epochs[0]).toBeLessThanOrEqual(later.length);
  });

  it("an environment that was stopped through the outage, or is new, asks no more often in vain than its own circuit allows", () => {
    const { dead, stopped, started } = outage;
    const failures = failuresOf(dead);
    expect(stopped.length).toBeGreaterThan(0);
    expect(started.length).toBeGreaterThan(0);
    for (const pid of [...stopped, ...started])
      expect(failures.get(pid) ?? 0).toBeLessThanOrEqual(settings.threshold);
  });

  it("when it is well again all forty come back, and the circuit does not open again", () => {
    const { back, closed, epochs } = outage;
    const last = back.rounds.slice(-1);
    expect(last[0]?.answers).toHaveLength(SIZE);
    expect(notAnswered(last)).toEqual([]);
    const late = outcomesOf(back)["probe TIMEOUT"] ?? 0;
    expect(closed.state).toBe("CLOSED");
    expect(closed.epoch - epochs[1]).toBeLessThanOrEqual(1 + late);
    expect(probesIn(back.requests).length).toBeGreaterThanOrEqual(settings.probesToClose);
    expect(probesIn(back.requests).length).toBeLessThanOrEqual((1 + late) * settings.probesToClose);
  });

  it("they come back gently: of the first half of the ramp, few calls go through", () => {
    expect(notGentle(outage.back.rounds, outage.closed.sinceMs)).toEqual([]);
  });

  it("a store that throttles is no caller's trouble", () => {
    expect(notAnswered(withoutStore.throttled.rounds)).toEqual([]);
  });

  it("without the store each opens and comes back by itself", () => {
    const { dying, back } = withoutStore;
    expect(Math.max(...failuresOf(dying).values())).toBeLessThanOrEqual(settings.threshold);
    expect(back.rounds.at(-1)?.answers).toHaveLength(SIZE);
  });

  it("no caller ever sees an error of the store", () => {
    const { healthy, dying, dead, back } = outage;
    const chapters = [healthy, dying, dead, back, ...Object.values(withoutStore)];
    const outcomes = new Set(chapters.flatMap((one) => Object.keys(outcomesOf(one))));
    for (const known of ["answered", "NO_ANSWER", "probe answered", "probe NO_ANSWER", "probe TIMEOUT"])
      outcomes.delete(known);
    expect([...outcomes]).toEqual(["CIRCUIT_OPEN"]);
  });
});

it(
  "without a store for their circuit, forty environments send many probes at a time",
  async (test) => {
    const environments = await startEnvironments(SIZE, "off");
    test.onTestFinished(() => environments.stop());
    await environments.round(SIZE);
    const { dead } = await loneOutage(environments, SIZE);
    expect(notProbes(dead.requests)).toEqual([
      expect.stringMatching(/while another one was under way/),
      expect.stringMatching(/sooner than a cooldown/),
    ]);
  },
  HOOK_MS,
);
