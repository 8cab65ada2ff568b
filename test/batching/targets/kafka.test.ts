import fc from "fast-check";
import { rootCall } from "holdfast";
import { type BulkSenderOptions, bulkSender } from "holdfast/batching";
import { type KafkaMessage, type KafkaProducer, kafkaTarget } from "holdfast/batching/targets/kafka";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";

type Request = readonly KafkaMessage[];

/** MESSAGE_TOO_LARGE, as kafkajs says it. */
function tooLarge(): Error {
  return Object.assign(new Error("too large"), { name: "KafkaJSProtocolError", code: 10, retriable: false });
}

function passing(): Error {
  return Object.assign(new Error("no leader"), { name: "KafkaJSProtocolError", code: 5, retriable: true });
}

/** Sends messages to a producer that does with each request what it is told. */
async function sendTo(
  serve: (messages: Request, request: number) => void | Promise<void>,
  messages: Request,
  options: BulkSenderOptions & { readonly timeoutMs?: number; readonly maxMessages?: number } = {},
) {
  const clock = manualRuntime();
  const requests: Request[] = [];
  const producer: KafkaProducer = {
    async send(record: { topic: string; messages: KafkaMessage[] }) {
      requests.push(record.messages);
      await serve(record.messages, requests.length);
    },
  };
  const { timeoutMs = 60_000, maxMessages = 500, ...rest } = options;
  const sender = bulkSender(kafkaTarget({ producer, topic: "t", maxMessages }), rest);
  const call = rootCall({ runtime: clock, timeoutMs });
  const results = await clock.run(sender.send(messages, call));
  return { results, requests };
}

const valuesOf = (requests: readonly Request[]): string[] =>
  requests.map((messages) => messages.map(({ value }) => String(value)).join(""));
const message = (value: string, key?: string): KafkaMessage => ({ value, ...(key ? { key } : {}) });

test("bytes reach the producer as Buffers, for kafkajs takes another array of them for a text", async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
  const { requests } = await sendTo(() => {}, [
    { key: bytes, value: bytes, headers: { raw: bytes, text: "t" }, partition: 1, timestamp: "1" },
    { value: bytes },
    { key: "k", value: null },
  ]);
  const buffer = Buffer.from([2, 3]);
  expect(requests).toEqual([
    [
      { key: buffer, value: buffer, headers: { raw: buffer, text: "t" }, partition: 1, timestamp: "1" },
      { value: buffer },
      { key: "k", value: null },
    ],
  ]);
  expect(Buffer.isBuffer(requests[0]?.[1]?.value)).toBe(true);
});

describe("a request that the broker refuses for its records", () => {
  test("is sent as halves: the message that is wrong fails alone", async () => {
    const { results, requests } = await sendTo(
      (messages) => {
        if (messages.some(({ value }) => value === "c")) throw tooLarge();
      },
      ["a", "b", "c", "d", "e"].map((value) => message(value)),
    );
    expect(valuesOf(requests)).toEqual(["abcde", "abc", "ab", "c", "de"]);
    expect(results.map(({ ok }) => ok)).toEqual([true, true, false, true, true]);
    expect(results[2]).toMatchObject({ retryable: false, error: { code: 10 } });
  });

  test("is not sent as halves when that says nothing of one record", async () => {
    const { results, requests } = await sendTo(() => {
      throw Object.assign(new Error("not authorized"), { code: 29, retriable: false });
    }, [message("a"), message("b")]);
    expect(requests.length).toBe(1);
    expect(results).toMatchObject([{ retryable: false }, { retryable: false }]);
  });

  test("sends its second half after the first is written, however often that takes", async () => {
    const { results, requests } = await sendTo(
      (_messages, request) => {
        if (request === 1) throw tooLarge();
        if (request === 2) throw passing();
      },
      [message("a", "k"), message("b", "k")],
    );
    expect(valuesOf(requests)).toEqual(["ab", "a", "ab"]);
    expect(results).toEqual([{ ok: true }, { ok: true }]);
  });

  test("sends no half when the call is over", async () => {
    let refuse = (): void => {};
    const { results, requests } = await sendTo(
      () =>
        new Promise((_resolve, reject) => {
          refuse = () => reject(tooLarge());
        }),
      [message("a"), message("b")],
    );
    refuse();
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests.length).toBe(1);
    expect(results).toMatchObject(Array(2).fill({ ok: false, error: { code: "ENTRY_OUTCOME_UNKNOWN" } }));
  });
});

test("whatever becomes of requests and their partitions, a key's messages are written in order, and each result is true", async () => {
  const fate = fc.constantFrom("written", "written", "lost", "part", "fails");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.nat(4), isWrong: fc.boolean() }), { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fate),
      fc.integer({ min: 1, max: 6 }),
      async (sent, fates, maxMessages) => {
        const written: number[][] = [[], []];
        const { results } = await sendTo(
          (messages) => {
            const what = fates.next().value;
            if (what === "fails") throw passing();
            let refused = false;
            for (const [partition, log] of written.entries()) {
              const ids = messages
                .map(({ value }) => Number(value))
                .filter((id) => (sent[id]?.key ?? 0) % 2 === partition);
              if (what === "part" && partition === 1) throw passing();
              // A batch of records is written whole or not at all.
              if (ids.some((id) => sent[id]?.isWrong)) refused = true;
              else log.push(...ids);
            }
            if (refused) throw tooLarge();
            if (what === "lost") throw passing();
          },
          sent.map(({ key }, id) => message(String(id), `k${key}`)),
          { maxMessages, maxAttempts: 200, timeoutMs: 100_000_000 },
        );
        expect(results.map(({ ok }) => ok)).toEqual(sent.map(({ isWrong }) => !isWrong));
        const log = written.flat();
        expect([...new Set(log)].toSorted((a, b) => a - b)).toEqual(
          sent.flatMap(({ isWrong }, id) => (isWrong ? [] : [id])),
        );
        for (let key = 0; key <= 4; key += 1) {
          const first = [...new Set(log)].filter((id) => sent[id]?.key === key);
          expect(first).toEqual(first.toSorted((a, b) => a - b));
        }
      },
    ),
  );
});
