import { setTimeout as wait } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { localCredentials } from "../../local/credentials.ts";
import { redrive } from "../../local/run/redrive.ts";
import type { World } from "../../local/run/scenario.ts";
import { tableByKey } from "../../local/run/tables.ts";
import type { Stack } from "../../local/template/stack.ts";
import { flagChanged } from "../src/flag.ts";
import type { Order } from "../src/order.ts";
import type { Span } from "./check-payments.ts";
import { marketplace, planOrders } from "./marketplace.ts";
import type { Provider } from "./provider.ts";

export interface PayOptions {
  /** How many orders marketplaces take. */
  readonly orders: number;
  /** How long the provider is down, in real milliseconds. */
  readonly outageMs: number;
  readonly provider: Provider;
}

/** What happened, for the checks. */
export interface PayRun {
  readonly accepted: readonly Order[];
  readonly messages: number;
  readonly outage: Span;
  readonly isolation: Span;
  readonly reads: readonly string[];
  /** Dead letters that were sent on their way again. */
  readonly redriven: number;
  readonly restless: readonly string[];
}

/** Which part of the orders comes before the flag, while it isolates the provider, during the outage; the rest comes after. */
const SHARES = { before: 0.25, isolated: 0.1, down: 0.45 };
const ISOLATED_MS = 2_500;
/** So many orders are asked for their status, over and over. */
const READ_ORDERS = 10;
const READ_EVERY_MS = 500;
const MOST_READS = 60;
const MOST_TRIES = 60;
/** The flag's change may meet every fault of the run before it is applied. */
const MOST_LOOKS = 1_200;
const LOOK_EVERY_MS = 50;
const IDLE_WITHIN_MS = 120_000;

/** Orders of marketplaces, paid through a flag that isolates the provider, an outage of it, and what is left over from them. */
export async function pay(world: World, options: PayOptions): Promise<PayRun> {
  const { cloud, progress, signal, random } = world;
  const { provider, outageMs } = options;
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  const accepted = planOrders(options.orders, random);
  const shops = marketplace(cloud, signal);
  const flag = flagOf(world, stack);
  let from = 0;
  let messages = 0;
  const publish = async (share: number, overMs: number): Promise<void> => {
    const until = Math.round(from + share * accepted.length);
    const some = accepted.slice(from, until);
    from = until;
    messages += await shops.publish(some, overMs);
  };
  try {
    progress("orders of marketplaces");
    await publish(SHARES.before, Math.min(2_500, outageMs));
    const readAll = () => readPayments(world, accepted.slice(0, READ_ORDERS));
    await untilAll(readAll, signal);

    progress("the flag isolates the payment provider");
    await flag.turn("isolated");
    const isolatedMs = Date.now();
    await publish(SHARES.isolated, ISOLATED_MS);
    const isolation = { fromMs: isolatedMs, untilMs: Date.now() };
    await flag.turn("closed");

    progress("the payment provider is down");
    const reads: string[] = [];
    const downMs = Date.now();
    provider.goDown();
    const reading = (async () => {
      while (Date.now() < downMs + outageMs) {
        await wait(READ_EVERY_MS, undefined, { signal });
        if (Date.now() < downMs + outageMs) reads.push(...(await readAll()));
      }
    })();
    await publish(SHARES.down, outageMs);
    await reading;
    provider.comeBack();
    const outage = { fromMs: downMs, untilMs: Date.now() };

    progress("the payment provider is back");
    await publish(1 - from / accepted.length, Math.min(4_000, outageMs));
    const restless = await rest(world);
    const redriven = await redriveAll(world, stack, restless);
    return { accepted, messages, outage, isolation, reads, redriven, restless };
  } finally {
    provider.comeBack();
    shops.close();
    flag.close();
  }
}

/** Waits until all has come to rest; what keeps it from that, if anything does. */
export async function rest({ cloud }: World): Promise<string[]> {
  return cloud.idle(IDLE_WITHIN_MS).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}

/** What SQS has given up is sent on its way again, as an operator does once the provider is well. */
async function redriveAll(world: World, stack: Stack, restless: string[]): Promise<number> {
  const { cloud, progress } = world;
  const arnOf = (id: string) => stack.queues.find(({ logicalId }) => logicalId === id)?.arn;
  const name = `${stack.name}-PayOrdersDeadLetters`;
  let redriven = 0;
  for (let times = 0; times < 2; times++) {
    const letters = await cloud.inspectQueue(name);
    if (letters.length === 0) break;
    redriven += letters.length;
    progress("redriving what was given up");
    await redrive(world, { from: arnOf("PayOrdersDeadLetters"), to: arnOf("PayOrdersQueue") });
    restless.push(...(await rest(world)));
  }
  return redriven;
}

/** Reads until each is paid, so that each is known; within a while, or the checks will say so. */
async function untilAll(read: () => Promise<readonly string[]>, signal: AbortSignal): Promise<void> {
  for (let times = 0; times < MOST_READS; times++) {
    if ((await read()).every((answer) => answer === "200 paid")) return;
    await wait(READ_EVERY_MS, undefined, { signal });
  }
}

/** Asks one after the other, as one client does. */
async function readPayments({ cloud, signal }: World, orders: readonly Order[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { orderId } of orders) {
    const url = `${cloud.endpoints.httpApis["OrdersApi"]}/orders/${orderId}/payment`;
    const response = await fetch(url, { signal });
    const { status, title } = (await response.json()) as { status?: unknown; title?: unknown };
    answers.push(`${response.status} ${String(title ?? status)}`);
  }
  return answers;
}

/** The feature flag of payments, turned by an event, and seen to have arrived. */
function flagOf({ cloud, signal }: World, stack: Stack) {
  const events = new EventBridgeClient({
    endpoint: cloud.endpoints.eventbridge,
    region: stack.region,
    credentials: localCredentials,
  });
  let changes = 0;

  /** An answer of 200 can say that the entry was refused: it is sent until it is taken, and applied once for its id. */
  async function announce(change: object): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const { FailedEntryCount } = await events.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: `${stack.name}-bus`,
              Source: flagChanged.source,
              DetailType: flagChanged.type,
              Detail: JSON.stringify(change),
            },
          ],
        }),
      );
      if (FailedEntryCount === 0) return;
      await wait(LOOK_EVERY_MS, undefined, { signal });
    }
    throw new Error(`The bus refused the flag's change ${MOST_TRIES} times.`);
  }

  return {
    async turn(to: "isolated" | "closed") {
      changes += 1;
      await announce({ changeId: `change-${changes}`, flag: "payments", to });
      const wanted = to === "closed" ? "CLOSED" : "ISOLATED";
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        const circuits = await tableByKey(cloud.clients.dynamodb, stack, "CircuitsTable");
        if (circuits.get("CIRCUIT#payments")?.["state"]?.S === wanted) return;
        await wait(LOOK_EVERY_MS, undefined, { signal });
      }
      throw new Error(
        `The circuit is not ${wanted}, ${(MOST_LOOKS * LOOK_EVERY_MS) / 1_000} s after the flag was turned.`,
      );
    },
    close: () => events.destroy(),
  };
}
