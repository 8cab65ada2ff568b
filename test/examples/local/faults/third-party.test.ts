import { afterEach, expect, it } from "vitest";
import type { ThirdPartyFault } from "../../../../examples/local/faults/plan.ts";
import { startThirdParty } from "../../../../examples/local/faults/third-party.ts";

let running: Awaited<ReturnType<typeof startThirdParty>> | undefined;
afterEach(() => running?.stop());

async function ask(fault: ThirdPartyFault | undefined): Promise<Response> {
  running = await startThirdParty({
    name: "bank",
    fate: () => fault,
    listener: (_, response) => response.end("open"),
  });
  return fetch(running.endpoint);
}

it("a third party without a fault answers as it is", async () => {
  expect(await (await ask(undefined)).text()).toBe("open");
});

it("a failing one answers 503, or the status that the plan names", async () => {
  expect((await ask({ do: "fail", name: "bank" })).status).toBe(503);
  await running?.stop();
  expect((await ask({ do: "fail", name: "bank", status: 429 })).status).toBe(429);
});

it("a failing one says when to come back, and takes its time to say so, where the plan says that", async () => {
  const beganMs = performance.now();
  const answer = await ask({ do: "fail", name: "bank", status: 429, retryAfterS: 7, delayMs: 50 });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(49);
});

it("is watched at every request, whatever happens to it", async () => {
  const fates: (ThirdPartyFault | undefined)[] = [undefined, { do: "dead", name: "bank" }];
  let seen = 0;
  running = await startThirdParty({
    name: "bank",
    fate: () => fates.shift(),
    listener: (_, response) => response.end(),
    watch() {
      seen += 1;
    },
  });
  await fetch(running.endpoint);
  await expect(fetch(running.endpoint)).rejects.toThrow();
  expect(seen).toBe(2);
});

it("a dead one resets the connection", async () => {
  await expect(ask({ do: "dead", name: "bank" })).rejects.toThrow("fetch failed");
});

it("one whose reply is lost has done its work", async () => {
  let bodies = "";
  running = await startThirdParty({
    name: "bank",
    fate: () => ({ do: "lose-reply", name: "bank" }),
    async listener(request, response) {
      for await (const chunk of request) bodies += chunk;
      response.writeHead(200, { "content-type": "text/plain" }).end("paid");
    },
  });
  await expect(fetch(running.endpoint, { method: "POST", body: "pay" })).rejects.toThrow("fetch failed");
  expect(bodies).toBe("pay");
});

it("a slow one answers later", async () => {
  const beganMs = performance.now();
  expect(await (await ask({ do: "slow", name: "bank", delayMs: 50 })).text()).toBe("open");
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(49);
});

it("a slow one keeps nobody waiting beyond its own stop", async () => {
  const answer = expect(ask({ do: "slow", name: "bank", delayMs: 60_000 })).rejects.toThrow("fetch failed");
  await expect.poll(() => running, { interval: 2 }).toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await running?.stop();
  await answer;
});

it("is asked with the milliseconds since its first request", async () => {
  const times: number[] = [];
  running = await startThirdParty({
    name: "bank",
    fate: (name, sinceFirstMs) => {
      times.push(sinceFirstMs);
      return name === "bank" ? undefined : { do: "dead", name };
    },
    listener: (_, response) => response.end(),
  });
  await fetch(running.endpoint);
  await fetch(running.endpoint);
  expect(times[0]).toBe(0);
  expect(times[1]).toBeGreaterThan(0);
});
