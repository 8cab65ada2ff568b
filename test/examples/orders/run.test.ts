import { describe, expect, it, vi } from "vitest";
import type { Cloud } from "../../../examples/local/cloud.ts";
import { sendJson, startHttpServer } from "../../../examples/local/process/http-server.ts";
import type { AppReport } from "../../../examples/local/run/report.ts";
import type { Scenario, ThirdParties } from "../../../examples/local/run/scenario.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";
import type { Tally } from "../../../examples/local/run/tally.ts";
import { noEffects } from "../../../examples/orders/scenario/effects.ts";
import { shopFaults } from "../../../examples/orders/scenario/faults.ts";
import { feed } from "../../../examples/orders/scenario/feed.ts";
import { NO_MARKET, orders } from "../../../examples/orders/scenario/index.ts";
import { startOutside } from "../../../examples/orders/scenario/outside.ts";
import { planRequests } from "../../../examples/orders/scenario/requests.ts";
import { brokenIn, runScenario } from "../run/scenario-run.ts";

/** A run builds its functions and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 60_000 });

function rowOf({ rows }: AppReport, id: string) {
  const row = rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  return row;
}

/** Everything comes twice, and one first delivery in five dies, half of them with the work done and nobody told. */
function rough(requests: number): Scenario {
  const functions = [
    "PlaceOrderFunction",
    "StoreOrderFunction",
    "BulkStoreOrdersFunction",
    "FulfilOrderFunction",
  ];
  return {
    ...orders(requests, 2, NO_MARKET),
    faults: {
      ...shopFaults,
      deliveries: functions.map((name) => ({ do: "duplicate", function: name })),
      invocations: functions.flatMap((name) => [
        { do: "kill", function: name, at: "before-answer", nth: 2 },
        { do: "kill", function: name, at: "before-answer", chance: 0.1 },
        { do: "kill", function: name, at: { withinMs: 20 }, chance: 0.1 },
      ]),
    },
  };
}

describe.concurrent("a run of orders", () => {
  it("holds every invariant though everything comes twice and functions die at random moments", async () => {
    const report = await runScenario(rough(40));
    expect(brokenIn(report)).toEqual([]);
    const [transaction, batches] = [rowOf(report, "O2 transaction"), rowOf(report, "O2 batches")];
    const fulfilment = rowOf(report, "O4 O5");
    expect(transaction.effects).toBe(batches.effects);
    expect(rowOf(report, "O1").effects).toBe(transaction.effects);
    for (const row of [transaction, batches, fulfilment]) {
      expect(row.duplicates).toBeGreaterThan(0);
      expect(row.retries).toBeGreaterThan(0);
    }
  });
});

/** An accounting system that is down, and stays so; the others are well. */
async function down(): Promise<ThirdParties> {
  const server = await startHttpServer((_, response) => sendJson(response, 503, { message: "closed" }));
  const others = await startOutside(() => undefined, noEffects());
  return {
    parameters: { ...others.parameters, AccountingUrl: `http://127.0.0.1:${server.port}` },
    stop: async () => void (await Promise.all([server.stop(), others.stop()])),
  };
}

/** On a machine that is very busy a function runs out of time before it gives up. */
const REASON = expect.stringMatching(/^The accounting system answered 503\.$|time|deadline/i);

describe.concurrent("with the accounting system down for good", () => {
  it("every order ends in a queue for failures, with the reason, and none is stuck or half stored", async () => {
    /** What is found once all has come to rest. */
    const found = vi.fn<(rest: Awaited<ReturnType<typeof atRest>>) => void>();
    await runScenario({
      ...orders(),
      speed: 20,
      thirdParties: down,
      faults: {},
      async run({ cloud, tally, random, signal }) {
        const url = `${cloud.endpoints.httpApis["OrdersApi"]}/orders`;
        const fed = await feed(planRequests(10, random), { url, clients: 2, signal, onAnswer: () => {} });
        const accepted = fed.flatMap(({ planned: { order } }) =>
          order === undefined ? [] : [order.orderId],
        );
        const answers = fed.flatMap(({ planned, answers }) => (planned.order === undefined ? [] : answers));
        expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
        await cloud.idle(40_000);
        found(await atRest(cloud, tally, accepted));
        return [];
      },
    });
    const [{ accepted, ...rest } = { accepted: [] }] = found.mock.lastCall ?? [];
    expect(accepted.length).toBeGreaterThan(3);
    expect(rest).toEqual({
      failures: accepted.map((id) => [id, "RetriesExhausted", 3, REASON]),
      deadLetters: accepted.map((id) => [id, 3]),
      tables: [0, 0, 0],
      reasons: ["orders-BulkOrdersQueue", "orders-StoreOrderFunction"],
      waitingElsewhere: [],
    });
  });
});

async function atRest(cloud: Cloud, tally: Tally, orderIds: readonly string[]) {
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("there is no stack");
  const failures = await cloud.inspectQueue("orders-StoreOrderFailures");
  const deadLetters = await cloud.inspectQueue("orders-BulkOrdersDeadLetters");
  const ends = new Set(["orders-StoreOrderFailures", "orders-BulkOrdersDeadLetters"]);
  const depths = await cloud.queueDepths();
  const byOrder = (a: readonly unknown[], b: readonly unknown[]) => String(a[0]).localeCompare(String(b[0]));
  return {
    accepted: [...orderIds].sort((a, b) => a.localeCompare(b)),
    failures: failures
      .map(({ body }) => JSON.parse(body))
      .map(({ requestPayload, requestContext, responsePayload }) => [
        requestPayload.detail.orderId,
        requestContext.condition,
        requestContext.approximateInvokeCount,
        responsePayload.errorMessage,
      ])
      .sort(byOrder),
    deadLetters: deadLetters
      .map(({ body, receiveCount }) => [JSON.parse(body).detail.orderId, receiveCount])
      .sort(byOrder),
    tables: await Promise.all(
      ["OrdersTable", "OrderTotalsTable", "BulkOrdersTable"].map(
        async (table) => (await tableByKey(cloud.clients.dynamodb, stack, table)).size,
      ),
    ),
    reasons: [...new Set(tally.deadLetters.map(({ from }) => from))].sort(),
    waitingElsewhere: depths.filter(
      ({ name, visible, inFlight, delayed }) => !ends.has(name) && visible + inFlight + delayed > 0,
    ),
  };
}
