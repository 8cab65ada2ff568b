import { hasCode, rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import { dynamoDBEventStore, type EventStore, type StoredEvent } from "holdfast/events/store";
import type { World } from "../../races/interleavings/every-order.ts";
import { newStage } from "../../races/interleavings/stage.ts";
import { memoryDynamoDB } from "../../support/memory-dynamodb/index.ts";
import { all, counts, TABLES } from "./subjects.ts";

export interface Setting {
  readonly writers: number;
  /** Events of one append. */
  readonly events: number;
  /** How many replies may be lost in all. */
  readonly losses: number;
  /** How many read the stream meanwhile. */
  readonly readers?: number;
  /** Which of a transaction's writes becomes visible first, where they do one after the other. Default: all at once. */
  readonly visible?: "first" | "last";
  /** Puts something wrong into the store's transport, for the control. */
  readonly spoil?: (transport: AwsTransport) => AwsTransport;
}

/** Writers that append to one stream, each until its events are in it, and readers, each stopped before whatever it does next. */
export function writers(setting: Setting): World {
  const { readers = 0, visible, spoil = (transport) => transport } = setting;
  const stage = newStage();
  const losses = { left: setting.losses };
  const dynamo = memoryDynamoDB({
    tables: TABLES,
    ...(visible !== undefined
      ? {
          beforeVisible: () => stage.gate("a write becomes visible", async () => {}),
          shuffled: (writes) => (visible === "first" ? writes : [...writes].reverse()),
        }
      : {}),
  });
  const ended: string[] = [];
  const violations: string[] = [];

  function storeOf(who: string, spoiled = spoil): EventStore {
    const transport: AwsTransport = {
      call: (operation, input, call) =>
        stage.gate(
          `${who}: ${operation}`,
          () => dynamo.call(operation, input, call),
          operation === "TransactWriteItems" ? losses : undefined,
        ),
    };
    return dynamoDBEventStore({ transport: spoiled(transport), tableName: "Events" });
  }

  async function write(writer: number): Promise<void> {
    const store = storeOf(`writer ${writer}`);
    const call = rootCall({ runtime: stage.runtime(writer) });
    const events = counts([...Array(setting.events).keys()], `w${writer}`);
    let expected = 0;
    for (;;) {
      try {
        const { version } = await store.append("s", expected, events, call);
        if (version !== expected + events.length) violations.push(`writer ${writer} was told ${version}`);
        return;
      } catch (error) {
        // A lost reply: the same again. A conflict: where the stream is by now.
        if (!hasCode(error, "EVENT_STREAM_CONFLICT")) continue;
        const read = await all(store.read("s", {}, call));
        if (read.some(({ id }) => id.startsWith(`w${writer}-`)))
          violations.push(`${writer} was refused by its own`);
        expected = read.length;
      }
    }
  }

  async function read(reader: number): Promise<void> {
    const call = rootCall({ runtime: stage.runtime(100 + reader) });
    const seen = await all(storeOf(`reader ${reader}`).read("s", {}, call));
    if (seen.length % setting.events !== 0) violations.push(`reader ${reader} saw half of an append`);
    if (seen.some(({ version }, index) => version !== index + 1))
      violations.push(`reader ${reader} saw a gap`);
    prefixes.push(seen);
  }
  const prefixes: StoredEvent[][] = [];

  const workers = [
    ...Array.from({ length: setting.writers }, (_, index) => write(index)),
    ...Array.from({ length: readers }, (_, index) => read(index)),
  ];
  for (const work of workers) {
    work.then(
      () => ended.push("done"),
      (error: Error) => violations.push(error.message),
    );
  }

  return {
    actions() {
      const gates = stage.gates();
      if (gates.length > 0) return gates;
      // Waits are long, beside what can happen at once.
      return Array.from(stage.timers.keys(), (timer, index) => ({
        name: `timer ${index}`,
        run: () => stage.fire(timer),
      }));
    },
    async settle() {
      for (let turn = 0; turn < 120; turn += 1) await Promise.resolve();
    },
    async check() {
      if (violations.length > 0) throw new Error(violations.join("; "));
    },
    async checkEnd() {
      if (ended.length < workers.length) throw new Error("somebody never came to an end");
      if (stage.timers.size > 0) throw new Error("a timer was left");
      stage.open();
      const events = await all(storeOf("end", (transport) => transport).read("s", {}, rootCall()));
      if (events.length !== setting.writers * setting.events) throw new Error(`${events.length} events`);
      if (new Set(events.map(({ id }) => id)).size !== events.length)
        throw new Error("an event is there twice");
      for (const { id, version, appendedTo } of events) {
        const place = (version - 1) % setting.events;
        if (!id.endsWith(`-${place}`)) throw new Error("appends are mixed");
        if (appendedTo !== version - place + setting.events - 1) throw new Error("an append's end is wrong");
      }
      for (const seen of prefixes) {
        if (seen.some(({ id }, index) => id !== events[index]?.id))
          throw new Error("a reader saw another order");
      }
    },
  };
}
