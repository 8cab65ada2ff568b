import fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  hide,
  makeContents,
  nextVisibleAtMs,
  remove,
  settle,
  show,
  visibleCount,
} from "../../../../../examples/local/sqs/queue/contents.ts";
import { takeFairly } from "../../../../../examples/local/sqs/queue/fair-order.ts";
import { takeInOrder } from "../../../../../examples/local/sqs/queue/fifo-order.ts";
import type { Message } from "../../../../../examples/local/sqs/queue/message.ts";

const RETENTION_MS = 60;

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("send"), of: fc.nat(2), n: fc.nat(8) }),
    fc.record({
      do: fc.constant("receive"),
      of: fc.integer({ min: 1, max: 4 }),
      n: fc.integer({ min: 1, max: 12 }),
    }),
    fc.record({ do: fc.constantFrom("delete", "give-back"), of: fc.nat(5), n: fc.constant(0) }),
    fc.record({ do: fc.constant("wait"), of: fc.constant(0), n: fc.nat(10) }),
  ),
  { maxLength: 60 },
);

/** What a queue does, without any structure: a list of messages, looked through each time. */
function model(fifo: boolean) {
  let messages: { message: Message; untilMs: number; flying: boolean }[] = [];
  return {
    add(message: Message, untilMs: number) {
      messages.push({ message, untilMs, flying: false });
    },
    settle(nowMs: number) {
      messages = messages.filter(({ message }) => message.enqueuedAtMs > nowMs - RETENTION_MS);
      for (const entry of messages) if (entry.untilMs <= nowMs) entry.flying = false;
    },
    receive(most: number, nowMs: number, untilMs: number): readonly string[] {
      const busy = new Set(messages.filter(({ flying }) => flying).map(({ message }) => message.groupId));
      const ready = messages
        .filter(
          (entry) => entry.untilMs <= nowMs && !entry.flying && !(fifo && busy.has(entry.message.groupId)),
        )
        .sort((a, b) => a.message.order - b.message.order);
      const groups = [...new Set(ready.map(({ message }) => message.groupId))];
      const inOrder = fifo
        ? groups.flatMap((group) => ready.filter(({ message }) => message.groupId === group))
        : ready;
      const taken = inOrder.slice(0, most);
      for (const entry of taken) Object.assign(entry, { flying: true, untilMs });
      return taken.map(({ message }) => message.id);
    },
    flying: () => messages.filter(({ flying }) => flying).map(({ message }) => message),
    giveBack(message: Message) {
      for (const entry of messages)
        if (entry.message === message) Object.assign(entry, { flying: false, untilMs: 0 });
    },
    remove(message: Message) {
      messages = messages.filter((entry) => entry.message !== message);
    },
    counts: (nowMs: number) => ({
      visible: messages.filter(({ untilMs, flying }) => untilMs <= nowMs && !flying).length,
      inFlight: messages.filter(({ flying }) => flying).length,
      next: Math.min(...messages.map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs)),
    }),
  };
}

test.each([
  ["FIFO", true],
  ["standard", false],
])("a %s queue gives what looking through all of its messages would give", (_type, fifo) => {
  fc.assert(
    fc.property(steps, (all) => {
      const contents = makeContents(fifo);
      const naive = model(fifo);
      let nowMs = 1_000;
      let order = 0;
      for (const step of all) {
        settle(contents, nowMs, RETENTION_MS);
        naive.settle(nowMs);
        if (step.do === "send") {
          order += 1;
          const message = messageOf(order, `g${step.of}`, nowMs);
          add(contents, message, nowMs + step.n, nowMs);
          naive.add(message, nowMs + step.n);
        }
        if (step.do === "receive") {
          const got: string[] = [];
          const untilMs = nowMs + step.n;
          (fifo ? takeInOrder : takeFairly)(contents, step.of, (message) => {
            hide(contents, message, untilMs);
            got.push(message.id);
            return true;
          });
          expect(got).toEqual(naive.receive(step.of, nowMs, untilMs));
        }
        const chosen = naive.flying().at(step.of);
        if (step.do === "delete" && chosen !== undefined) {
          remove(contents, chosen);
          naive.remove(chosen);
        }
        if (step.do === "give-back" && chosen !== undefined) {
          show(contents, chosen);
          naive.giveBack(chosen);
        }
        if (step.do === "wait") nowMs += step.n;
        settle(contents, nowMs, RETENTION_MS);
        naive.settle(nowMs);
        expect({
          visible: visibleCount(contents),
          inFlight: contents.inFlight.size,
          next: nextVisibleAtMs(contents) ?? Number.POSITIVE_INFINITY,
        }).toEqual(naive.counts(nowMs));
      }
      // Nothing of what is gone stays behind.
      for (const message of [...contents.byId.values()]) remove(contents, message);
      const { byId, lanes, ready, delayed, inFlight, ages } = contents;
      expect([byId, lanes, ready, delayed, inFlight, ages].map(({ size }) => size)).toEqual(Array(6).fill(0));
    }),
    { numRuns: 300 },
  );
});

function messageOf(order: number, groupId: string, nowMs: number): Message {
  return {
    id: `m${order}`,
    body: "x",
    bodyMd5: "",
    attributes: {},
    groupId,
    sentAtMs: nowMs,
    enqueuedAtMs: nowMs,
    order,
    state: "visible",
    receiveCount: 0,
    receivedHere: 0,
  };
}
