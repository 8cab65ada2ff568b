import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeKey } from "../../../examples/local/s3/key-text.ts";
import { decodeKey, readRecord, saysGzip } from "../../../examples/log-processing/src/log-object.ts";
import { recordOf } from "./fixtures.ts";

describe("a notification's record", () => {
  it("names one version of one object, and its day", () => {
    expect(readRecord(recordOf({ key: "2026/11/a+b%2Bc%2520.log", versionId: "v1", eTag: "e1" }))).toEqual({
      logId: "logs/2026/11/a b+c%20.log@v1",
      bucket: "logs",
      key: "2026/11/a b+c%20.log",
      versionId: "v1",
      eTag: "e1",
      time: "2026-11-25T23:59:59.999Z",
      day: "2026-11-25",
    });
  });

  it("is known by its sequencer where versions have no id of their own", () => {
    for (const versionId of ["null", null, undefined, ""]) {
      const log = readRecord(recordOf({ versionId, sequencer: "0055AED6" }));
      expect(log.logId).toBe("logs/a.log@0055AED6");
      expect(log.versionId).toBe(versionId === "null" ? "null" : undefined);
    }
  });

  it("of an overwrite is another log, and of a second delivery the same", () => {
    const id = (change: Record<string, unknown>) => readRecord(recordOf(change)).logId;
    expect(id({ versionId: "v1" })).toBe(id({ versionId: "v1" }));
    expect(id({ versionId: "v1" })).not.toBe(id({ versionId: "v2" }));
    expect(id({ sequencer: "01", eTag: "same" })).not.toBe(id({ sequencer: "02", eTag: "same" }));
  });

  it("counts for the UTC day of its time", () => {
    const dayOf = (eventTime: string) => readRecord({ ...recordOf({}), eventTime }).day;
    expect(dayOf("2026-11-25T23:59:59.999Z")).toBe("2026-11-25");
    expect(dayOf("2026-11-26T00:30:00.000+01:00")).toBe("2026-11-25");
  });

  it("may be of any later version 2", () => {
    expect(readRecord({ ...recordOf({}), eventVersion: "2.6" }).bucket).toBe("logs");
  });

  it.each([
    ["from elsewhere", { ...recordOf({}), eventSource: "aws:sqs" }, "no S3 event"],
    ["of a removal", { ...recordOf({}), eventName: "ObjectRemoved:Delete" }, "creation"],
    ["of another major version", { ...recordOf({}), eventVersion: "3.0" }, "version"],
    ["without a time", { ...recordOf({}), eventTime: "soon" }, "time"],
    ["without a key", recordOf({ key: "" }), "key"],
    ["whose key cannot be decoded", recordOf({ key: "%E0%A4%A" }), "URL-encoded"],
    ["without version and sequencer", recordOf({ sequencer: undefined }), "sequencer"],
    ["that is nothing", undefined, "no S3 event"],
  ])("%s is refused for good", (_, record, why) => {
    expect(() => readRecord(record)).toThrow(expect.objectContaining({ code: "TERMINAL", retryable: false }));
    expect(() => readRecord(record)).toThrow(why);
  });

  it("has any key that S3 takes, as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (key) => {
        expect(decodeKey(encodeKey(key))).toBe(key);
      }),
    );
  });
});

describe("an object says that it is gzip", () => {
  it.each([
    ["a.log", undefined, false],
    ["a.log.gz", undefined, true],
    ["A.LOG.GZ", undefined, true],
    ["a.log", "gzip", true],
    ["a.log", "aws-chunked, GZIP", true],
    ["a.log", "aws-chunked", false],
    ["gz", "", false],
  ])("%s with Content-Encoding %s: %s", (key, contentEncoding, says) => {
    expect(saysGzip(key, contentEncoding)).toBe(says);
  });
});
