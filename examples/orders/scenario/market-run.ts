import { setTimeout as wait } from "node:timers/promises";
import { redrive } from "../../local/run/redrive.ts";
import type { World } from "../../local/run/scenario.ts";
import type { Stack } from "../../local/template/stack.ts";
import type { Order } from "../src/order.ts";
import type { Span } from "./check-payments.ts";
import { flagSwitch } from "./flag-switch.ts";
import type { Latency } from "./latency.ts";
import { legsOf } from "./legs.ts";
import { createdId, marketplace, planOrders } from "./marketplace.ts";
import type { Provider } from "./provider.ts";
import { type Published, publishSlowly } from "./side-by-side.ts";

export interface MarketOptions {
  /** How many orders marketplaces take. */
  readonly orders: number;
  /** How long the provider is down, in real milliseconds. */
  readonly outageMs: number;
  readonly provider: Provider;
  readonly latency: Latency;
}

/** What happened, for the checks. */
export interface MarketRun {
  readonly accepted: readonly Order[];
  readonly messages: number;
  readonly outage: Span;
  /** Orders that were published in the first half of the outage. */
  readonly meanwhile: readonly Order[];
  readonly isolation: Span;
  readonly reads: readonly string[];
  /** Dead letters of payment that were sent on their way again. */
  readonly redriven: number;
  /** Orders that were published one by one, to be measured. */
  readonly published: Published;
  readonly restless: readonly string[];
}

/** Which part of the orders comes before the flag, while it isolates the provider, during the outage; the rest comes after. */
const SHARES = { before: 0.25, isolated: 0.1, down: 0.45 };
/** Of the rest, at most so many are measured. */
const MOST_MEASURED = 30;
const ISOLATED_MS = 2_500;
/** So many orders are asked for their status, over and over. */
const READ_ORDERS = 10;
const READ_EVERY_MS = 500;
const MOST_READS = 60;
/** What payment does not touch has so long to be done, once no more orders come. */
const MOST_LOOKS = 120;
const LOOK_EVERY_MS = 250;
const IDLE_WITHIN_MS = 120_000;

/** Orders of marketplaces, through a flag that isolates the payment provider, an outage of it, and what is left over from them. */
export async function marketRun(world: World, options: MarketOptions): Promise<MarketRun> {
  const { cloud, progress, signal, random } = world;
  const { provider, latency, outageMs } = options;
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  const accepted = planOrders(options.orders, random);
  const measured = accepted.slice(
    accepted.length - Math.min(MOST_MEASURED, Math.floor(accepted.length / 10)),
  );
  const shops = marketplace(cloud, signal);
  const flag = flagSwitch(world, stack);
  let from = 0;
  let messages = measured.length;
  async function publish(count: number, overMs: number): Promise<readonly Order[]> {
    const some = accepted.slice(from, from + count);
    from += some.length;
    messages += await shops.publish(some, overMs);
    return some;
  }
  const share = (part: number): number => Math.round(part * accepted.length);
  try {
    progress("orders of marketplaces");
    await publish(share(SHARES.before), Math.min(2_500, outageMs));
    const readAll = () => readPayments(world, accepted.slice(0, READ_ORDERS));
    await untilAll(readAll, signal);

    progress("the flag isolates the payment provider");
    await flag.turn("isolated");
    const isolatedMs = Date.now();
    await publish(share(SHARES.isolated), ISOLATED_MS);
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
    const meanwhile = await publish(share(SHARES.down / 2), outageMs / 2);
    await publish(share(SHARES.down / 2), outageMs / 2);
    await reading;
    await untilOthersAreDone(world, stack, meanwhile);
    provider.comeBack();
    const outage = { fromMs: downMs, untilMs: Date.now() };

    progress("the payment provider is back");
    await publish(accepted.length - measured.length - from, Math.min(4_000, outageMs));
    const restless = await rest(world);
    const redriven = await redriveLeg(world, stack, "PayOrders", restless);
    for (const leg of ["ReserveStock", "NotifyCustomers"]) await redriveLeg(world, stack, leg, restless);

    progress("orders one by one, while systems outside take their time");
    const settle = async () => restless.push(...(await rest(world)));
    const published = await publishSlowly(measured, { shops, latency, signal, settle });
    return { accepted, messages, outage, meanwhile, isolation, reads, redriven, published, restless };
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

/** Waits until inventory and notification are done with these orders, whatever payment does; within a while, or the checks will say so. */
async function untilOthersAreDone(
  { tally, signal }: World,
  stack: Stack,
  orders: readonly Order[],
): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const { inventory, notification } = legsOf(tally, stack);
    const isDone = ({ orderId }: Order): boolean =>
      [inventory, notification].every(({ settled }) => settled.has(createdId(orderId)));
    if (orders.every(isDone)) return;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What SQS has given up of a leg is sent on its way again, as an operator does. Resolves with how many messages that were. */
async function redriveLeg(world: World, stack: Stack, leg: string, restless: string[]): Promise<number> {
  const { cloud, progress } = world;
  const arnOf = (id: string) => stack.queues.find(({ logicalId }) => logicalId === id)?.arn;
  let redriven = 0;
  for (let times = 0; times < 2; times++) {
    const letters = await cloud.inspectQueue(`${stack.name}-${leg}DeadLetters`);
    if (letters.length === 0) break;
    redriven += letters.length;
    progress("redriving what was given up");
    await redrive(world, { from: arnOf(`${leg}DeadLetters`), to: arnOf(`${leg}Queue`) });
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
