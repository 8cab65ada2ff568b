import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InterruptedError, type RunAppOptions, runApp } from "../../../examples/local/run/run-app.ts";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { descendantWith, stillRunning } from "../../../tools/processes.ts";
import { writeApp } from "../local/cloud/fixtures.ts";
import { recordedScreen } from "./recorded-screen.ts";

/** A scenario on a small template, with what became of its third party and its cloud. */
async function scenarioOf(change: Partial<Scenario> = {}) {
  const { file } = await writeApp((template) =>
    template.replace(
      "Resources:",
      "Parameters: { DisabledPolicies: { Type: String, Default: none } }\nResources:",
    ),
  );
  const events: string[] = [];
  const scenario: Scenario = {
    name: "small",
    template: file,
    notes: [],
    speed: 1,
    thirdParties: async () => ({
      parameters: {},
      stop: async () => void events.push("third party stopped"),
    }),
    faults: {},
    run: async () => [],
    ...change,
  };
  return { scenario, events };
}

function run(scenario: Scenario, options: Partial<RunAppOptions> = {}) {
  return runApp(scenario, {
    seed: 1,
    without: [],
    screen: recordedScreen().screen,
    signal: new AbortController().signal,
    beforeStop: () => Promise.resolve(),
    ...options,
  });
}

describe("running an app", () => {
  it("gives its rows while the cloud is up, and stops everything after", async () => {
    let endpoint = "";
    const { scenario, events } = await scenarioOf({
      run: async ({ cloud, progress }) => {
        endpoint = cloud.endpoints.httpApis["Api"] ?? "";
        progress("asking");
        expect((await fetch(`${endpoint}/things`, { method: "POST", body: '{"id":"a"}' })).status).toBe(202);
        await cloud.idle(5_000);
        return [];
      },
    });
    const app = await run(scenario, {
      async beforeStop(cloud, { name }) {
        events.push(`${name} checked`);
        expect((await fetch(`${cloud.endpoints.httpApis["Api"]}/nowhere`)).status).toBe(404);
      },
    });
    expect(app).toMatchObject({ name: "small", rows: [], disturbances: { "workers killed": 0 } });
    expect(events).toEqual(["small checked", "third party stopped"]);
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  it("does not wait for a scenario that does not notice the interruption", async () => {
    const interrupt = new AbortController();
    const { scenario, events } = await scenarioOf({
      run: () => {
        setTimeout(() => interrupt.abort(), 10);
        return new Promise(() => {});
      },
    });
    await expect(run(scenario, { signal: interrupt.signal })).rejects.toBeInstanceOf(InterruptedError);
    expect(events).toEqual(["third party stopped"]);
  });

  it("ends with the reason when the database dies under it, instead of waiting for it", async () => {
    const { scenario, events } = await scenarioOf({
      run: () => {
        const database = descendantWith(process.pid, "dynoxide");
        if (database === undefined) throw new Error("no DynamoDB was started");
        process.kill(database, "SIGKILL");
        return new Promise(() => {});
      },
    });
    await expect(run(scenario)).rejects.toThrow(/local DynamoDB .* ended while it was in use/);
    expect(events).toEqual(["third party stopped"]);
  });

  it("stops everything when its scenario fails, and says why it did", async () => {
    let endpoint = "";
    const { scenario, events } = await scenarioOf({
      run: async ({ cloud }) => {
        endpoint = cloud.endpoints.dynamodb;
        throw new Error("the scenario is wrong");
      },
    });
    await expect(run(scenario)).rejects.toThrow("the scenario is wrong");
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
    expect(events).toEqual(["third party stopped"]);
  });

  it("stops what had started when its template is wrong, naming the line", async () => {
    const { scenario, events } = await scenarioOf();
    const wrong = {
      ...scenario,
      template: (await writeApp((text) => text.replace("POST, Path", "PUSH, Path"))).file,
    };
    await expect(run(wrong)).rejects.toThrow(/template\.yaml:\d+/);
    expect(events).toEqual(["third party stopped"]);
  });

  it("removes the functions it built", async () => {
    let folder = "";
    const { scenario } = await scenarioOf({
      run: async ({ cloud }) => {
        await fetch(`${cloud.endpoints.httpApis["Api"]}/things`, { method: "POST", body: '{"id":"a"}' });
        folder = /(\/\S+)\/bootstrap\.mjs/.exec(stillRunning([], "holdfast-small-").join())?.[1] ?? "";
        return [];
      },
    });
    await run(scenario);
    expect(folder).toContain("holdfast-small-");
    expect(existsSync(folder)).toBe(false);
    expect(stillRunning([], folder)).toEqual([]);
  });
});
