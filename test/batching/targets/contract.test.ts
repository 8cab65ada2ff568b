import { rootCall } from "holdfast";
import { type BulkResult, type BulkSenderOptions, bulkSender } from "holdfast/batching";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { type Astray, type Fate, type Simulated, services, throttled } from "./simulated.ts";

/** Sends entries 0, 1, … of different keys, and says what the service was asked for. */
async function sendTo(
  service: Simulated,
  sizes: readonly number[],
  judge: (ids: readonly number[], request: number) => { fates?: Fate[]; astray?: Astray } = () => ({}),
  options: BulkSenderOptions = {},
): Promise<{ readonly results: readonly BulkResult[]; readonly requests: readonly (readonly number[])[] }> {
  const clock = manualRuntime();
  const requests: (readonly number[])[] = [];
  const broken: string[] = [];
  const target = service.target(async (ids) => {
    requests.push(ids);
    return { fates: ids.map(() => "taken"), ...judge(ids, requests.length) };
  }, broken);
  const entries = sizes.map((size, id) => service.entry(id, `k${id}`, size));
  const results = await clock.run(
    bulkSender(target, { concurrency: 1, ...options }).send(entries, rootCall({ runtime: clock })),
  );
  expect(broken).toEqual([]);
  return { results, requests };
}

/** A rule of those services alone that can do what it speaks of. */
function testWhere(holds: boolean): (name: string, run: () => Promise<void>) => void {
  return holds ? (name, run) => void test(name, run) : () => {};
}

const small = (count: number): number[] => Array(count).fill(20);
const oks = (results: readonly BulkResult[]): boolean[] => results.map(({ ok }) => ok);

describe.each(services.map((service) => [service.name, service] as const))("%s", (_name, service) => {
  const inPart = testWhere(service.failsInPart);

  test("takes entries by the count of a request", async () => {
    const { results, requests } = await sendTo(service, small(service.maxEntries * 2 + 1));
    expect(requests.map(({ length }) => length)).toEqual([service.maxEntries, service.maxEntries, 1]);
    expect(results.every(({ ok }) => ok)).toBe(true);
  });

  test("takes entries by the bytes of a request", async () => {
    const size = Math.floor(Math.min(service.maxEntryBytes - 100, service.maxBytes / 2.5));
    const count = Math.min(service.maxEntries, Math.ceil((2 * service.maxBytes) / size));
    const { results, requests } = await sendTo(service, Array(count).fill(size));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(requests.flat()).toEqual(Array.from({ length: count }, (_, id) => id));
  });

  test("an entry that is too large is refused in its own result", async () => {
    const { results, requests } = await sendTo(service, [20, service.maxEntryBytes + 1_000, 20]);
    expect(oks(results)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ error: { code: "ENTRY_TOO_LARGE" }, retryable: false });
    expect(requests.flat()).toEqual([0, 2]);
  });

  test("each result has the service's own id, where it gives one", async () => {
    const { results } = await sendTo(service, small(3));
    const gives = !["DynamoDB", "Kafka"].includes(service.name);
    expect(results).toEqual([0, 1, 2].map((id) => (gives ? { ok: true, id: `m-${id}` } : { ok: true })));
  });

  test("a request that is throttled is sent again", async () => {
    const { results, requests } = await sendTo(service, small(3), (_ids, request) => {
      if (request < 3) throw throttled();
      return {};
    });
    expect(oks(results)).toEqual([true, true, true]);
    expect(requests).toEqual(Array(3).fill([0, 1, 2]));
  });

  inPart("what it is too busy for is sent again, and nothing else", async () => {
    const { results, requests } = await sendTo(service, small(5), (ids, request) => ({
      fates: ids.map((id) => (request === 1 && id % 2 === 1 ? "busy" : "taken")),
    }));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(requests).toEqual([
      [0, 1, 2, 3, 4],
      [1, 3],
    ]);
  });

  inPart("what it stays too busy for fails alone, and can be sent again later", async () => {
    const { results } = await sendTo(
      service,
      small(3),
      (ids) => ({ fates: ids.map((id) => (id === 1 ? "busy" : "taken")) }),
      { maxAttempts: 2 },
    );
    expect(oks(results)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ retryable: true, error: { retryable: true } });
  });

  const refusesOne = testWhere(service.failsInPart && service.name !== "DynamoDB");
  refusesOne("what it refuses fails alone, and is not sent again", async () => {
    const { results, requests } = await sendTo(service, small(4), (ids) => ({
      fates: ids.map((id) => (id === 2 ? "refused" : "taken")),
    }));
    expect(oks(results)).toEqual([true, true, false, true]);
    expect(results[2]).toMatchObject({ retryable: false, error: { code: "ENTRY_REFUSED" } });
    expect(requests).toHaveLength(1);
  });

  test("a request whose answer was lost is sent again as it was", async () => {
    const { results, requests } = await sendTo(service, small(4), (_ids, request) =>
      request === 1 ? { astray: "lost" } : {},
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(requests).toEqual(Array(2).fill([0, 1, 2, 3]));
  });

  const answersForEach = testWhere(service.failsInPart && service.name !== "DynamoDB");
  answersForEach("an answer that leaves entries out says nothing of them", async () => {
    const { results, requests } = await sendTo(service, small(4), (_ids, request) =>
      request === 1 ? { astray: "short" } : {},
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
    // Where the answer names its entries, the others are known to be written.
    expect(requests[1]).toEqual(service.namesEntries ? [3] : [0, 1, 2, 3]);
  });

  const names = testWhere(service.namesEntries);
  names("an answer in another order puts each result on its own entry", async () => {
    const { results, requests } = await sendTo(service, small(5), (ids, request) => ({
      astray: "shuffled",
      fates: ids.map((id) => (request === 1 && (id === 0 || id === 3) ? "busy" : "taken")),
    }));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(requests[1]).toEqual([0, 3]);
  });
});
