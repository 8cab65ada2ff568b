import { createHash } from "node:crypto";
import type { ChunkMessage } from "../src/chunk.ts";

/** A message that a producer sends, and what must come of it. */
export interface PlannedMessage {
  readonly body: string;
  /** The chunk, when it is good. */
  readonly chunk?: ChunkMessage;
  /** The ReasonCode that its letter must have, when it is not. */
  readonly refusal?: string;
  /** How often the producer sends it again, and how many messages later each time; 0: side by side. */
  readonly repeatsAfter: readonly number[];
}

/** Two chunks that a producer has given one id: whichever comes first is stored, and the other one is refused. */
export type Rivals = readonly [ChunkMessage, ChunkMessage];

/** Stands at the beginning of every content, and must stand in no line of ours: as it is, or in base64. */
export const SECRET = "SSN 078-05-1120 ";
export const SECRET_BASE64 = Buffer.from(SECRET).toString("base64").slice(0, 20);

/** S3 fails on every request to the keys of these: the run's faults say so. */
export const REFUSED = "refused-";
/** Why: the code of S3's own failure. */
export const NEVER_TAKEN = "InternalError";

const BAD = 0.1;
const REPEATED = 0.3;
const REPEAT_WITHIN = 40;
/** Sizes in bytes, each as likely as twice as much. */
const MOST_BYTES = 32 * 1024;
/** What a message can hold at most. */
const LARGEST_BYTES = 765 * 1024;
const LARGE = 3;

/** Chunks as producers send them: good ones, some of them several times, and bad ones of every kind. */
export function planChunks(count: number, random: () => number): readonly PlannedMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = index === 0 ? 0 : index <= LARGE ? LARGEST_BYTES : 2 ** (random() * Math.log2(MOST_BYTES));
    const chunk = makeChunk(`nightly-${String(index).padStart(5, "0")}`, index, Math.floor(bytes), random);
    if (index > LARGE && random() < BAD) return spoil(chunk, pick(SPOILINGS, random));
    const repeats = random() < REPEATED ? 1 + Math.floor(random() * 2) : 0;
    const repeatsAfter = Array.from({ length: repeats }, () =>
      random() < 0.4 ? 0 : Math.floor(random() * REPEAT_WITHIN),
    );
    return { body: JSON.stringify(chunk), chunk, repeatsAfter };
  });
}

/** Good chunks that S3 will not take, whatever is done: poison that only many receives tell from bad luck. */
export function planRefused(count: number, random: () => number): readonly PlannedMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    body: JSON.stringify(makeChunk(`${REFUSED}${index}`, index, 100, random)),
    refusal: NEVER_TAKEN,
    repeatsAfter: [],
  }));
}

export function planRivals(count: number, random: () => number): readonly Rivals[] {
  return Array.from({ length: count }, (_, index) => {
    const rival = () => makeChunk(`rival-${index}`, index, 1_000, random);
    return [rival(), rival()];
  });
}

/** Other chunks under ids that are in use: another content, another place, another backup. */
export function planConflicts(
  stored: readonly ChunkMessage[],
  random: () => number,
): readonly PlannedMessage[] {
  return stored.map((chunk, at) => {
    const changes: readonly Partial<ChunkMessage>[] = [
      withContent(chunk.index, 100, random),
      { index: chunk.index + 1 },
      { backup_id: "weekly" },
    ];
    const body = JSON.stringify({ ...chunk, ...changes[at % changes.length] });
    return { body, refusal: "CHUNK_CONFLICT", repeatsAfter: [] };
  });
}

function makeChunk(chunk_id: string, index: number, bytes: number, random: () => number): ChunkMessage {
  return { chunk_id, backup_id: "nightly", index, ...withContent(index, bytes, random) };
}

function withContent(index: number, bytes: number, random: () => number) {
  const text = `${SECRET}${index} ${random()} `;
  const content = Buffer.from(text.repeat(Math.ceil(bytes / text.length))).subarray(0, bytes);
  return { content: content.toString("base64"), sha256: createHash("sha256").update(content).digest("hex") };
}

/** One thing wrong with a chunk, and the code that it must be refused with. */
interface Spoiling {
  readonly refusal: string;
  readonly body: (chunk: ChunkMessage) => string;
}

const changed = (refusal: string, change: object): Spoiling => ({
  refusal,
  body: (chunk) => JSON.stringify({ ...chunk, ...change }),
});

const SPOILINGS: readonly Spoiling[] = [
  { refusal: "BODY_INVALID", body: (chunk) => JSON.stringify(chunk).slice(0, 60) },
  { refusal: "BODY_INVALID", body: ({ sha256: _, ...rest }) => JSON.stringify(rest) },
  {
    refusal: "BODY_INVALID",
    body: (chunk) => JSON.stringify({ ...chunk, chunk_id: `../${chunk.chunk_id}` }),
  },
  { refusal: "BODY_INVALID", body: (chunk) => JSON.stringify({ ...chunk, chunk_id: `${chunk.chunk_id}\n` }) },
  changed("BODY_INVALID", { index: -1 }),
  changed("BODY_INVALID", { content: { $ref: "elsewhere" } }),
  changed("CHUNK_CORRUPT", { content: Buffer.from("other bytes").toString("base64") }),
  changed("CHUNK_CORRUPT", { content: "**no base64**" }),
  // A message that lost its end on the way, and was closed by someone who meant well.
  {
    refusal: "CHUNK_CORRUPT",
    body: (chunk) => JSON.stringify({ ...chunk, content: `${chunk.content.slice(0, -8)}` || "AAAA" }),
  },
];

function spoil(chunk: ChunkMessage, { refusal, body }: Spoiling): PlannedMessage {
  return { body: body(chunk), refusal, repeatsAfter: [] };
}

function pick<T>(list: readonly T[], random: () => number): T {
  // A whole number below the length is an index.
  return list[Math.floor(random() * list.length)] as T;
}
