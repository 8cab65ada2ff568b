import { fileURLToPath } from "node:url";
import { invariant } from "../../local/run/invariant.ts";
import { badLines, settledLines } from "../../local/run/log-lines.ts";
import { redrive } from "../../local/run/redrive.ts";
import type { RowReport, Scenario, World } from "../../local/run/scenario.ts";
import { percentile } from "../../local/run/tally.ts";
import {
  changed,
  notRefusedByJournal,
  otherEntries,
  unbalanced,
  wrongBalances,
  wronglyPosted,
  wronglySetAside,
} from "./check.ts";
import { ledgerFaults } from "./faults.ts";
import { type LedgerDatabase, startLedger } from "./ledger.ts";
import { send } from "./send.ts";
import { type PlannedMessage, planMessages, reusedKeys } from "./transactions.ts";

const TRANSACTIONS = 150;
/** So many keys are used a second time, for something else. */
const REUSED = 5;
const IDLE_WITHIN_MS = 60_000;
/** Long enough for the database to go down and come back meanwhile. */
const SENT_OVER_MS = 2_500;

/** Transactions posted to a ledger through everything that goes wrong on the way; and all of them again, five weeks later. */
export function accounting(transactions: number = TRANSACTIONS): Scenario {
  let ledger: LedgerDatabase | undefined;
  return {
    name: "accounting",
    template: fileURLToPath(new URL("../template.yaml", import.meta.url)),
    notes: [
      "A4 is measured from a transaction's first sending to the line of the function that posted it: kills, the " +
        "database's outage and the five minutes until a message comes again (four seconds here) are within.",
      "Dead letters are the bad events, each with its reason. When everything comes again the records of the first time " +
        "have expired, and most were purged: what refuses it is the journal's own key.",
    ],
    // Five minutes' wait takes four seconds: longer than the lease of the three seconds that a batch may take here.
    speed: 75,
    parameters: { FunctionTimeout: "3" },
    async thirdParties(fate) {
      ledger = await startLedger(fate);
      return ledger;
    },
    faults: ledgerFaults,
    async run(world) {
      if (ledger === undefined) throw new Error("The ledger's database was not started.");
      return run(world, ledger, transactions);
    },
  };
}

async function run(
  world: World,
  ledger: LedgerDatabase,
  transactions: number,
): Promise<readonly RowReport[]> {
  const { cloud, tally, progress, signal, random } = world;
  const [stack] = cloud.stacks;
  const fn = stack?.functions.find(({ logicalId }) => logicalId === "PostEntryFunction");
  const purge = stack?.functions.find(({ logicalId }) => logicalId === "PurgeRecordsFunction");
  const queue = stack?.queues.find(({ logicalId }) => logicalId === "EntriesQueue");
  const dead = stack?.queues.find(({ logicalId }) => logicalId === "DeadEntries");
  if (!stack || !fn || !purge || !queue || !dead) throw new Error("the template lacks a queue or a function");
  const { sqs } = cloud.clients;
  await ledger.ready;
  // The journal refuses a second posting by itself. To see what the protection does, the control is without that as well.
  if (fn.environment["HOLDFAST_DISABLE"] === "idempotency") await ledger.forgetKeys();

  const restless: string[] = [];
  const sendAll = (messages: readonly PlannedMessage[], what: string, overMs = 0) =>
    send(messages, {
      sqs,
      queueUrl: queue.url,
      signal,
      overMs,
      onSent: (sent, of) => progress(`${what}: ${sent}/${of} messages`),
    });
  const deadEntries = () => cloud.inspectQueue(dead.name);
  /** Waits for the last deliveries; what SQS has given up is sent on its way again, as an operator does. */
  const rest = async (): Promise<void> => {
    for (let redrives = 0; ; redrives++) {
      progress("waiting for the last deliveries");
      await cloud.idle(IDLE_WITHIN_MS).catch((error: unknown) => restless.push(String(error)));
      const givenUp = (await deadEntries()).some(({ attributes }) => attributes["ReasonCode"] === undefined);
      if (!givenUp || redrives === 2) return;
      progress("redriving what was given up");
      await redrive(world, { from: dead.arn, to: queue.arn });
    }
  };

  const plan = planMessages(transactions, random);
  const entries = plan.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  const sentMs = await sendAll(plan, "transactions", SENT_OVER_MS);
  const { journal } = await ledger.state();
  const posted = entries.filter(({ idempotencyKey: key }) =>
    journal.some(({ idempotency_key }) => idempotency_key === key),
  );
  const reused = reusedKeys(posted.slice(0, REUSED));
  await sendAll(reused, "used keys");
  await rest();
  const messages = [...plan, ...reused];
  const first = await ledger.state();
  const firstLetters = await deadEntries();
  const firstCounts = { duplicates: tally.duplicatesOf(fn.name), retries: tally.retriesOf(fn.name) };

  await ledger.fiveWeeksPass();
  // Some meet a record that has expired, and some one that is purged.
  const half = plan.slice(0, Math.floor(plan.length / 2));
  await sendAll(half, "five weeks later");
  await cloud.schedules.fire(`${stack.name}-purge-records`);
  await sendAll(plan, "and everything again");
  await rest();
  const answered = await ledger.state();
  // Past their records, only the journal knows that these keys were used.
  await ledger.fiveWeeksPass();
  await sendAll(reused, "used keys");
  await rest();
  const last = await ledger.state();
  const letters = await deadEntries();

  const waiting = (await cloud.queueDepths())
    .filter(({ name, visible, inFlight, delayed }) => name !== dead.name && visible + inFlight + delayed > 0)
    .map(({ name }) => `something waits in ${name}`);
  const lines = settledLines(tally.logs, fn.name);
  const latencies = plan.flatMap(({ body, entry }) => {
    const atMs = lines.get(`transaction/${entry?.idempotencyKey}`);
    return atMs === undefined ? [] : [atMs - (sentMs.get(body) ?? atMs)];
  });
  const repeats = (some: readonly PlannedMessage[]): number =>
    some.reduce((sum, { repeatsAfter }) => sum + repeatsAfter.length, 0);
  const repeated = repeats(plan);

  return [
    {
      id: "A4",
      eventsIn: messages.length + repeated,
      effects: first.journal.length,
      duplicates: repeated + firstCounts.duplicates,
      retries: firstCounts.retries,
      deadLetters: firstLetters.length,
      p50Ms: percentile(latencies, 0.5),
      p95Ms: percentile(latencies, 0.95),
      invariants: [
        invariant(
          "every good transaction has one entry, and nothing else has",
          wronglyPosted(entries, first),
        ),
        invariant("every entry is what its transaction says", otherEntries(entries, first)),
        invariant("in each currency the balances add up to nothing", unbalanced(first)),
        invariant(
          "every balance, kept by adding, is the sum of its transactions",
          wrongBalances(entries, first),
        ),
        invariant(
          "every bad transaction is set aside with its reason, and no good one",
          wronglySetAside(messages, firstLetters),
        ),
      ],
    },
    {
      id: "A4 day 36",
      eventsIn: half.length + messages.length + repeats(half) + repeated,
      effects: last.journal.length - first.journal.length,
      duplicates:
        half.length +
        messages.length +
        repeats(half) +
        repeated +
        tally.duplicatesOf(fn.name) -
        firstCounts.duplicates,
      retries: tally.retriesOf(fn.name) - firstCounts.retries,
      deadLetters: letters.length - firstLetters.length,
      p50Ms: 0,
      p95Ms: 0,
      invariants: [
        invariant(
          "records that have expired are purged",
          tally.logs.some(
            ({ functionName, fields }) => functionName === purge.name && fields["outcome"] === "ok",
          )
            ? []
            : ["the nightly purge did not run"],
        ),
        invariant("journal and balances are what they were", changed(first, last)),
        invariant(
          "every good transaction is answered as posted before",
          notKnown(entries.length, answered.results),
        ),
        invariant(
          "every bad transaction is set aside with its reason, and no good one",
          wronglySetAside(messages, letters),
        ),
        invariant(
          "a used key is refused by the journal when its record is gone",
          notRefusedByJournal(reused, letters),
        ),
        invariant("every line is one JSON object with the fields of an event", badLines(tally)),
        invariant("nothing is stuck", [...restless, ...waiting]),
      ],
    },
  ];
}

/** Records say what their runs answered; those of refused runs say nothing. */
function notKnown(entries: number, results: ReadonlyMap<string, number>): string[] {
  const known = results.get('{"posted":"before"}') ?? 0;
  const others = [...results].filter(([result]) => result !== '{"posted":"before"}' && result !== "null");
  return [
    ...(known === entries ? [] : [`${known} of ${entries}`]),
    ...others.map(([result, count]) => `${count} answered ${result}`),
  ];
}
