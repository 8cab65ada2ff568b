import { json } from "holdfast/batching";
import { describe, expect, it } from "vitest";
import {
  type Ending,
  givenUp,
  notAfterThree,
  writtenAgain,
  wronglyDecided,
  wronglySetAside,
  wronglyStored,
} from "../../../examples/backup/scenario/check.ts";
import {
  planChunks,
  planConflicts,
  planRefused,
  planRivals,
  SECRET,
  SECRET_BASE64,
} from "../../../examples/backup/scenario/chunks.ts";
import { leaks, wronglyLogged } from "../../../examples/backup/scenario/log-lines.ts";
import type { Staged } from "../../../examples/backup/scenario/staged.ts";
import {
  type ChunkMessage,
  checkedChunk,
  chunkKey,
  chunkMessage,
} from "../../../examples/backup/src/chunk.ts";
import { startTally } from "../../../examples/local/run/tally.ts";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import type { QueuedMessage } from "../../../examples/local/sqs/service.ts";
import { chunk } from "./fixtures.ts";

const [good, empty] = [chunk({ chunk_id: "good" }), chunk({ chunk_id: "empty" }, "")];
const corrupt = chunk({ chunk_id: "corrupt", sha256: "0".repeat(64) });
const refused = chunk({ chunk_id: "refused-0" });
const rivals = [chunk({ chunk_id: "rival" }), chunk({ chunk_id: "rival" }, "the rival's")] as const;

function stagedOf(message: ChunkMessage, change: Partial<Staged> = {}): Staged {
  const { chunk_id, backup_id, index, sha256 } = message;
  const key = chunkKey(chunk_id);
  return { key, versionId: key, sha256, backupId: backup_id, index: String(index), ...change };
}
function letterOf(
  message: ChunkMessage,
  ReasonCode: string,
  more: Record<string, string> = {},
): QueuedMessage {
  const attributes = { ReasonCode, Reason: "why", Receives: "1", ...more };
  return { messageId: "m", body: JSON.stringify(message), receiveCount: 0, attributes };
}

type Line = Record<string, unknown>;
interface Outcome extends Ending {
  readonly staged: Staged[];
  readonly letters: QueuedMessage[];
  readonly lines: Line[];
}

/** A run with two good chunks, a corrupt one, one that S3 never takes, and a pair with one id. */
function wentWell(): Outcome {
  const planned = (message: ChunkMessage) => ({ body: JSON.stringify(message), repeatsAfter: [] });
  return {
    messages: [
      { ...planned(good), chunk: good },
      { ...planned(empty), chunk: empty },
      { ...planned(corrupt), refusal: "CHUNK_CORRUPT" },
      { ...planned(refused), refusal: "InternalError" },
    ],
    rivals: [rivals],
    staged: [stagedOf(good), stagedOf(empty), stagedOf(rivals[1])],
    letters: [
      letterOf(corrupt, "CHUNK_CORRUPT"),
      letterOf(refused, "InternalError", { Receives: "3" }),
      letterOf(rivals[0], "CHUNK_CONFLICT"),
      // A worker that dies after it has sent a letter sends it again.
      letterOf(rivals[0], "CHUNK_CONFLICT"),
    ],
    lines: [
      { correlation_id: "good", outcome: "failed" },
      { correlation_id: "good", outcome: "ok" },
      { correlation_id: "empty", outcome: "ok" },
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
function broken({ lines, ...ending }: Outcome): string[] {
  const found = {
    wronglyStored: wronglyStored(ending),
    writtenAgain: writtenAgain(ending),
    wronglySetAside: wronglySetAside(ending),
    wronglyDecided: wronglyDecided(ending),
    notAfterThree: notAfterThree(ending),
    givenUp: givenUp(ending.messages, ending.letters),
    wronglyLogged: wronglyLogged(tallyOf(lines), ending.messages),
    leaks: leaks(tallyOf(lines), ending.letters),
  };
  return Object.entries(found).flatMap(([name, things]) => (things.length > 0 ? [name] : []));
}

describe("the checks of a run", () => {
  it("find nothing in one that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  const mutations: readonly (readonly [string, readonly string[], (outcome: Outcome) => void])[] = [
    ["a good chunk that is missing", ["wronglyStored"], ({ staged }) => staged.splice(0, 1)],
    [
      "a chunk stored with other bytes",
      ["wronglyStored"],
      ({ staged }) => staged.splice(0, 1, stagedOf(good, { sha256: empty.sha256 })),
    ],
    [
      "a chunk stored as one of another backup",
      ["wronglyStored"],
      ({ staged }) => staged.splice(0, 1, stagedOf(good, { backupId: "weekly" })),
    ],
    [
      "a chunk stored in another place",
      ["wronglyStored"],
      ({ staged }) => staged.splice(0, 1, stagedOf(good, { index: "7" })),
    ],
    ["a corrupt chunk that was stored", ["wronglyStored"], ({ staged }) => staged.push(stagedOf(corrupt))],
    [
      "what nobody sent",
      ["wronglyStored"],
      ({ staged }) => staged.push(stagedOf(good, { key: "elsewhere" })),
    ],
    [
      "a chunk that was written again with the same bytes",
      ["writtenAgain"],
      ({ staged }) => staged.push(stagedOf(good, { versionId: "2" })),
    ],
    ["a bad chunk that is nowhere", ["wronglySetAside"], ({ letters }) => letters.splice(0, 1)],
    [
      "a bad chunk with another reason",
      ["wronglySetAside"],
      ({ letters }) => letters.splice(0, 1, letterOf(corrupt, "BODY_INVALID")),
    ],
    [
      "a bad chunk without words",
      ["wronglySetAside"],
      ({ letters }) => letters.splice(0, 1, letterOf(corrupt, "CHUNK_CORRUPT", { Reason: "" })),
    ],
    [
      "a good chunk among the letters",
      ["wronglySetAside"],
      ({ letters }) => letters.push(letterOf(good, "CHUNK_CORRUPT")),
    ],
    [
      "a good chunk that was given up",
      ["wronglySetAside", "givenUp"],
      ({ letters }) => letters.push(letterOf(good, "SlowDown")),
    ],
    [
      "a chunk that S3 never takes, and that was set aside too soon",
      ["notAfterThree"],
      ({ letters }) => letters.splice(1, 1, letterOf(refused, "InternalError", { Receives: "2" })),
    ],
    ["a pair of which nothing was refused", ["wronglyDecided"], ({ letters }) => letters.splice(2, 2)],
    [
      "a pair of which both are there, one over the other",
      ["writtenAgain", "wronglyDecided"],
      ({ staged }) => staged.push(stagedOf(rivals[0], { versionId: "2" })),
    ],
    [
      "a pair of which nothing is stored",
      ["wronglyStored", "wronglyDecided"],
      ({ staged }) => staged.splice(2, 1),
    ],
    ["a good chunk without its line", ["wronglyLogged"], ({ lines }) => lines.splice(1, 1)],
    [
      "a line that shows what is in a chunk",
      ["leaks"],
      ({ lines }) => lines.push({ message: `near ${SECRET}` }),
    ],
    [
      "a reason that shows what is in a chunk, as it came",
      ["leaks"],
      ({ letters }) => letters.splice(0, 1, letterOf(corrupt, "CHUNK_CORRUPT", { Reason: SECRET_BASE64 })),
    ],
  ];

  it.each(mutations)("find %s, and nothing else", (_, checks, mutate) => {
    const outcome = wentWell();
    mutate(outcome);
    expect(broken(outcome)).toEqual(checks);
  });
});

describe("the chunks of a run", () => {
  const plan = planChunks(400, seededRandom(3));
  const check = async (body: string) => checkedChunk(await json(chunkMessage).decode(body));
  const codeOf = (body: string) =>
    check(body).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );

  it("are the same for the same seed", () => {
    expect(planChunks(400, seededRandom(3))).toEqual(plan);
  });

  it("are good where they say so, repeated, and bad in every way where they do not", async () => {
    for (const { body, chunk: planned, refusal } of plan) {
      if (planned !== undefined) expect(JSON.parse(body)).toEqual(planned);
      expect(await codeOf(body)).toBe(refusal);
    }
    expect(plan.some(({ repeatsAfter }) => repeatsAfter.includes(0))).toBe(true);
    expect(new Set(plan.flatMap(({ refusal }) => refusal ?? []))).toEqual(
      new Set(["BODY_INVALID", "CHUNK_CORRUPT"]),
    );
  });

  it("fit into the messages of their queue, the largest ones nearly", () => {
    const lengths = plan.map(({ body }) => body.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_047_552);
    expect(Math.max(...lengths)).toBeGreaterThan(1_044_000);
  });

  it("that S3 never takes are good ones", async () => {
    for (const { body } of planRefused(3, seededRandom(3))) expect(await codeOf(body)).toBeUndefined();
  });

  it("with a used id are good by themselves, and differ from what is stored in one thing each", async () => {
    const stored = [good, empty, refused];
    const conflicts = planConflicts(stored, seededRandom(3));
    for (const { body } of conflicts) expect(await codeOf(body)).toBeUndefined();
    expect(conflicts.map(({ body }, index) => differing(JSON.parse(body), stored[index]))).toEqual([
      ["content", "sha256"],
      ["index"],
      ["backup_id"],
    ]);
    for (const [a, b] of planRivals(3, seededRandom(3)))
      expect(differing(a, b)).toEqual(["content", "sha256"]);
  });
});

function differing(a: ChunkMessage, b: ChunkMessage | undefined): string[] {
  return Object.entries(a).flatMap(([name, value]) => (Object(b)[name] === value ? [] : [name]));
}
