import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../../examples/local/eventbridge/pattern.ts";
import { cutBatches, sqsRecord } from "../../../../examples/local/lambda/sqs-event.ts";
import { sqsFilter } from "../../../../examples/local/lambda/sqs-filter.ts";

const record = (body: string) =>
  sqsRecord({ MessageId: "m", ReceiptHandle: "r", Body: body }, "arn:aws:sqs:eu-west-1:1:q");
const taken = (patterns: readonly Record<string, unknown>[], body: string): boolean =>
  sqsFilter(patterns, compilePattern)(record(body));

describe("filter criteria", () => {
  it("take everything when there are none", () => {
    expect(taken([], "anything")).toBe(true);
  });

  it("of a JSON body look into it, and drop a body that is no JSON", () => {
    const pattern = { body: { detail: { version: ["1"] } } };
    expect(taken([pattern], '{"detail":{"version":"1"}}')).toBe(true);
    expect(taken([pattern], '{"detail":{"version":"2"}}')).toBe(false);
    expect(taken([pattern], "plain")).toBe(false);
  });

  it("of a plain body compare the text, and drop a body that is JSON", () => {
    const pattern = { body: [{ prefix: "{" }, "plain"] };
    expect(taken([pattern], "plain")).toBe(true);
    expect(taken([pattern], '{"a":1}')).toBe(false);
  });

  it("take a message that any of them matches", () => {
    expect(taken([{ body: ["x"] }, { body: ["y"] }], "y")).toBe(true);
  });

  it("look at other properties whatever the body is", () => {
    expect(taken([{ eventSource: ["aws:sqs"] }], "plain")).toBe(true);
    expect(taken([{ awsRegion: ["us-east-1"] }], "plain")).toBe(false);
  });
});

describe("cutting batches", () => {
  it("never leaves a record out, even one larger than a batch may be", () => {
    const records = ["a", "b".repeat(500), "c", "d"].map(record);
    expect(cutBatches(records, 2, 400).map((batch) => batch.length)).toEqual([1, 1, 2]);
    expect(cutBatches(records, 2, 10_000).map((batch) => batch.length)).toEqual([2, 2]);
    expect(cutBatches([], 2, 400)).toEqual([]);
  });
});
