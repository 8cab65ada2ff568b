import { describe, expect, it } from "vitest";
import type { Item } from "../../../examples/local/run/tables.ts";
import { startTally } from "../../../examples/local/run/tally.ts";
import type { QueuedMessage } from "../../../examples/local/sqs/service.ts";
import {
  type Ending,
  wronglyAdded,
  wronglyCounted,
  wronglyFailed,
  wronglyStored,
} from "../../../examples/log-processing/scenario/check.ts";
import { leaks, notOneLineEach, wronglyLogged } from "../../../examples/log-processing/scenario/log-lines.ts";
import { SECRET } from "../../../examples/log-processing/scenario/logs.ts";
import type { Uploaded } from "../../../examples/log-processing/scenario/upload.ts";

const NOW_MS = Date.parse("2026-11-26T12:00:00Z");
const DAY = "2026-11-25";
const TIME = `${DAY}T10:00:00.000Z`;
const uploadedOf = (logId: string, errors: number | undefined, deleted = false): Uploaded => ({
  logId,
  key: logId,
  errors,
  sentMs: Date.parse(TIME),
  deleted,
});
const itemOf = (logId: string, errors: number): Item => ({
  log_id: { S: logId },
  timestamp: { S: TIME },
  error_count: { N: String(errors) },
});
const dayOf = (logs: number, errors: number): Item => ({
  day: { S: DAY },
  logs: { N: String(logs) },
  errors: { N: String(errors) },
});
function failureOf(key: string, change: { count?: number; type?: string; message?: string } = {}) {
  const {
    count = 3,
    type = "CorruptLogError",
    message = `s3://b/${key}@v: it is no whole gzip file`,
  } = change;
  const body = JSON.stringify({
    requestContext: { condition: "RetriesExhausted", approximateInvokeCount: count },
    requestPayload: {
      Records: [{ s3: { bucket: { name: "b" }, object: { key: key.replaceAll(" ", "+"), versionId: "v" } } }],
    },
    responsePayload: { errorType: type, errorMessage: message },
  });
  return { body, receiveCount: 1 } as QueuedMessage;
}

type Line = Record<string, unknown>;
interface Outcome {
  readonly uploaded: Uploaded[];
  readonly processed: Map<string, Item>;
  readonly days: Map<string, Item>;
  readonly failed: QueuedMessage[];
  readonly lines: Line[];
}

const ok = (id: string, more: Line): Line => ({ correlation_id: id, outcome: "ok", ...more });
const corrupt = { correlation_id: "b/bad log@v", outcome: "failed", error: { code: "LOG_CORRUPT" } };

/** A run with a good log, an empty one, one deleted in time, one deleted too late, and a damaged one. */
function wentWell(): Outcome {
  return {
    uploaded: [
      uploadedOf("b/a@v", 3),
      uploadedOf("b/empty@v", 0),
      uploadedOf("b/gone@v", 9, true),
      uploadedOf("b/counted@v", 4, true),
      uploadedOf("b/bad log@v", undefined),
    ],
    processed: new Map([
      ["b/a@v", itemOf("b/a@v", 3)],
      ["b/empty@v", itemOf("b/empty@v", 0)],
      ["b/counted@v", itemOf("b/counted@v", 4)],
    ]),
    days: new Map([[DAY, dayOf(3, 7)]]),
    failed: [failureOf("bad log")],
    lines: [
      ok("b/a@v", { error_count: 3 }),
      ok("b/a@v", { error_count: 3, replayed: true }),
      ok("b/empty@v", { error_count: 0 }),
      ok("b/gone@v", { gone: "deleted" }),
      ok("b/counted@v", { error_count: 4 }),
      corrupt,
      ok("b/late@v", { gone: "deleted" }),
    ],
  };
}

function tallyOf(lines: readonly Line[]) {
  const tally = startTally(() => 0);
  for (const line of lines) {
    tally.count({ type: "log", functionName: "f", requestId: "r", line: JSON.stringify(line) });
  }
  return tally;
}

/** The names of the checks that find something. */
function broken({ lines, ...ending }: Outcome & Ending): string[] {
  const found = {
    wronglyCounted: wronglyCounted(ending),
    wronglyStored: wronglyStored(ending, NOW_MS),
    wronglyAdded: wronglyAdded(ending),
    wronglyFailed: wronglyFailed(ending),
    wronglyLogged: wronglyLogged(tallyOf(lines), ending.uploaded, ["b/late@v"]),
    leaks: leaks(
      tallyOf(lines),
      ending.failed.map(({ body }) => body),
    ),
  };
  return Object.entries(found).flatMap(([name, things]) => (things.length > 0 ? [name] : []));
}

describe("the checks of a run", () => {
  it("find nothing in one that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  const mutations: readonly (readonly [string, readonly string[], (outcome: Outcome) => void])[] = [
    [
      "a log missing from the table, though its day has it",
      ["wronglyCounted", "wronglyAdded"],
      ({ processed }) => processed.delete("b/a@v"),
    ],
    [
      "a log counted wrongly",
      ["wronglyCounted"],
      ({ processed }) => processed.set("b/a@v", itemOf("b/a@v", 2)),
    ],
    [
      "a damaged log that was counted",
      ["wronglyCounted"],
      ({ processed }) => processed.set("b/bad log@v", itemOf("b/bad log@v", 0)),
    ],
    [
      "an object counted that nobody uploaded as a log",
      ["wronglyCounted", "wronglyStored"],
      ({ processed }) => processed.set("b/x.txt@v", { log_id: { S: "b/x.txt@v" } }),
    ],
    [
      "an item with more in it",
      ["wronglyStored"],
      ({ processed }) => processed.set("b/a@v", { ...itemOf("b/a@v", 3), etag: { S: "e" } }),
    ],
    [
      "an item from before its upload",
      ["wronglyStored", "wronglyAdded"],
      ({ processed }) =>
        processed.set("b/a@v", { ...itemOf("b/a@v", 3), timestamp: { S: "2026-11-24T10:00:00Z" } }),
    ],
    ["a log added twice", ["wronglyAdded"], ({ days }) => days.set(DAY, dayOf(4, 10))],
    ["errors added twice", ["wronglyAdded"], ({ days }) => days.set(DAY, dayOf(3, 10))],
    ["a day without its total", ["wronglyAdded"], ({ days }) => days.delete(DAY)],
    ["a day of nobody's", ["wronglyAdded"], ({ days }) => days.set("2026-11-20", dayOf(1, 0))],
    ["a damaged log that is nowhere", ["wronglyFailed"], ({ failed }) => failed.splice(0)],
    [
      "a damaged log that is there twice",
      ["wronglyFailed"],
      ({ failed }) => failed.push(failureOf("bad log")),
    ],
    [
      "a damaged log that was tried once",
      ["wronglyFailed"],
      ({ failed }) => failed.splice(0, 1, failureOf("bad log", { count: 1 })),
    ],
    [
      "a damaged log without its reason",
      ["wronglyFailed"],
      ({ failed }) => failed.splice(0, 1, failureOf("bad log", { type: "Error", message: "failed" })),
    ],
    ["a good log among the failures", ["wronglyFailed"], ({ failed }) => failed.push(failureOf("a"))],
    ["a log without a line", ["wronglyLogged"], ({ lines }) => lines.splice(0, 2)],
    [
      "a log whose line has another count",
      ["wronglyLogged"],
      ({ lines }) => lines.splice(2, 1, ok("b/empty@v", { error_count: 1 })),
    ],
    ["a deleted log without a line", ["wronglyLogged"], ({ lines }) => lines.splice(3, 1)],
    [
      "a good log said to be gone",
      ["wronglyLogged"],
      ({ lines }) => lines.splice(0, 2, ok("b/a@v", { gone: "deleted" })),
    ],
    ["a damaged log without a line", ["wronglyLogged"], ({ lines }) => lines.splice(5, 1)],
    ["a late notification without a line", ["wronglyLogged"], ({ lines }) => lines.splice(6, 1)],
    [
      "a line of what no function should see",
      ["wronglyLogged"],
      ({ lines }) => lines.push(ok("b/x.txt@v", { error_count: 1 })),
    ],
    [
      "a line that shows what is in a log",
      ["leaks"],
      ({ lines }) => lines.push({ ...corrupt, message: `near ${SECRET}` }),
    ],
  ];

  it.each(mutations)("find %s, and nothing else", (_, checks, mutate) => {
    const outcome = wentWell();
    mutate(outcome);
    expect(broken(outcome)).toEqual(checks);
  });
});

describe("the lines of a run", () => {
  it.each([
    [3, 3, 0, true],
    [3, 4, 1, true],
    [4, 4, 1, true],
    [3, 4, 0, false],
    [5, 4, 0, false],
  ])("%i, of %i invocations with %i killed: %s", (lines, invocations, killed, isRight) => {
    const disturbances = { "workers killed": killed };
    const tally = { ...tallyOf(Array<Line>(lines).fill(corrupt)), invocations, disturbances };
    expect(notOneLineEach(tally)).toHaveLength(isRight ? 0 : 1);
  });
});
