import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partialResponse } from "../../../../examples/local/lambda/partial-response.ts";

const batch = ["a", "b", "c"];

describe("a partial batch response", () => {
  it.each([
    ["null", "null"],
    ["nothing", ""],
    ["an empty object", "{}"],
    ["a null list", '{"batchItemFailures":null}'],
    ["an empty list", '{"batchItemFailures":[]}'],
    ["another object", '{"statusCode":200}'],
  ])("is success when it is %s", (_what, payload) => {
    expect(partialResponse(payload, batch)).toEqual({ failedIds: new Set() });
  });

  it.each([
    ["no JSON", "oops"],
    ["text", '"ok"'],
    ["a list", "[]"],
    ["a list that is none", '{"batchItemFailures":"a"}'],
    ["an empty identifier", '{"batchItemFailures":[{"itemIdentifier":""}]}'],
    ["a null identifier", '{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ["a missing identifier", '{"batchItemFailures":[{"itemIdentifer":"a"}]}'],
    ["a null item", '{"batchItemFailures":[null]}'],
    ["an unknown identifier", '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}'],
  ])("fails the whole batch when it is or has %s", (_what, payload) => {
    const verdict = partialResponse(payload, batch);
    expect([...verdict.failedIds]).toEqual(batch);
    expect(verdict.problem).toBeTruthy();
  });

  it("fails exactly the messages it names", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uuid(), { minLength: 1 }),
        fc.infiniteStream(fc.boolean()),
        (ids, coin) => {
          const failed = ids.filter(() => coin.next().value);
          const payload = JSON.stringify({
            batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })),
          });
          expect(partialResponse(payload, ids).failedIds).toEqual(new Set(failed));
        },
      ),
    );
  });
});
