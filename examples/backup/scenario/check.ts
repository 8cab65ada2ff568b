import type { QueuedMessage } from "../../local/sqs/service.ts";
import { type ChunkMessage, chunkKey } from "../src/chunk.ts";
import { NEVER_TAKEN, type PlannedMessage, type Rivals } from "./chunks.ts";
import type { Staged } from "./staged.ts";

/** Reasons that stay the same however often a chunk comes. */
const FINAL: ReadonlySet<string | undefined> = new Set(["BODY_INVALID", "CHUNK_CORRUPT", "CHUNK_CONFLICT"]);

/** What a run ended with. */
export interface Ending {
  readonly messages: readonly PlannedMessage[];
  readonly rivals: readonly Rivals[];
  /** Every version in the staging bucket. */
  readonly staged: readonly Staged[];
  /** What waits in DeadChunks. */
  readonly letters: readonly QueuedMessage[];
}

/** Good chunks that are missing or are not as they were sent, and what lies there that nobody sent. */
export function wronglyStored({ messages, rivals, staged }: Ending): string[] {
  const good = [...messages.flatMap(({ chunk }) => (chunk === undefined ? [] : [[chunk]])), ...rivals];
  const known = new Map(good.map((some) => [chunkKey(some[0]?.chunk_id ?? ""), some]));
  const found = new Set(staged.map(({ key }) => key));
  return [
    ...[...known.keys()].filter((key) => !found.has(key)).map((key) => `${key} is missing`),
    ...staged.flatMap((one) => {
      const should = known.get(one.key);
      if (should === undefined) return [`${one.key} was never to be stored`];
      return should.some((chunk) => isOf(one, chunk)) ? [] : [`${one.key} is not as it was sent`];
    }),
  ];
}

function isOf({ key, sha256, backupId, index }: Staged, chunk: ChunkMessage): boolean {
  return (
    key === chunkKey(chunk.chunk_id) &&
    sha256 === chunk.sha256 &&
    backupId === chunk.backup_id &&
    index === String(chunk.index)
  );
}

/** Keys with more than one version: each write, also of the same bytes, makes another. */
export function writtenAgain({ staged }: Ending): string[] {
  const counts = new Map<string, number>();
  for (const { key } of staged) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts]
    .filter(([, versions]) => versions > 1)
    .map(([key, versions]) => `${key}: ${versions} versions`);
}

/** Bad chunks without a letter that says why; letters with another reason, or of what is good. */
export function wronglySetAside({ messages, rivals, letters }: Ending): string[] {
  const bad = new Map(
    messages.flatMap(({ body, refusal }) => (refusal === undefined ? [] : [[body, refusal]])),
  );
  const rival = new Set(rivals.flat().map((chunk) => JSON.stringify(chunk)));
  const seen = new Set(letters.map(({ body }) => body));
  return [
    ...[...bad]
      .filter(([body]) => !seen.has(body))
      .map(([body, refusal]) => `no letter (${refusal}) of ${short(body)}`),
    ...letters.flatMap(({ body, attributes: { ReasonCode: code, Reason: reason = "" } }) => {
      const should = bad.get(body) ?? (rival.has(body) ? "CHUNK_CONFLICT" : undefined);
      if (should === undefined) return [`${code ?? "no reason"}: a good chunk: ${short(body)}`];
      return code === should && reason !== "" ? [] : [`${code} for ${should}: ${short(body)}`];
    }),
  ];
}

/** Pairs of which not one is stored and the other one set aside. */
export function wronglyDecided({ rivals, staged, letters }: Ending): string[] {
  const refused = new Set(letters.map(({ body }) => body));
  return rivals.flatMap((pair) => {
    const fates = pair.map((chunk) => {
      const isStored = staged.some((one) => isOf(one, chunk));
      return `${isStored ? "stored" : "not stored"}${refused.has(JSON.stringify(chunk)) ? " and refused" : ""}`;
    });
    const isRight = fates.toSorted().join() === "not stored and refused,stored";
    return isRight ? [] : [`${pair[0].chunk_id}: one ${fates.join(", one ")}`];
  });
}

/** Chunks that S3 did not take, and that were not given up on the third receive. */
export function notAfterThree({ messages, letters }: Ending): string[] {
  const refused = new Set(messages.flatMap(({ body, refusal }) => (refusal === NEVER_TAKEN ? [body] : [])));
  return letters
    .filter(({ body, attributes }) => refused.has(body) && !(Number(attributes["Receives"]) >= 3))
    .map(({ body, attributes }) => `${short(body)} after ${attributes["Receives"]}`);
}

/** Letters of what may be stored another time: S3 has failed too often, or a function. Of what it never takes there is no use in it. */
export function givenUp(
  messages: readonly PlannedMessage[],
  letters: readonly QueuedMessage[],
): readonly QueuedMessage[] {
  const hopeless = new Set(messages.flatMap(({ body, refusal }) => (refusal === NEVER_TAKEN ? [body] : [])));
  return letters.filter(
    ({ body, attributes }) => !FINAL.has(attributes["ReasonCode"]) && !hopeless.has(body),
  );
}

function short(body: string): string {
  return /"chunk_id":"([^"]*)"/.exec(body)?.[1] ?? body.slice(0, 40);
}
