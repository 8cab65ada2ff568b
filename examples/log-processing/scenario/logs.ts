import { gzipSync } from "node:zlib";

/** One upload, and what must come of it. */
export interface PlannedVersion {
  readonly body: Buffer;
  readonly contentEncoding?: string;
  /** Lines with ERROR; undefined for a body that is no log and must end in FailedLogs. */
  readonly errors: number | undefined;
  /** Larger ones are uploaded in parts. */
  readonly inParts?: boolean;
}

/** A key and what is put there, one version after the other. */
export interface PlannedLog {
  readonly key: string;
  readonly versions: readonly PlannedVersion[];
  /** After the last upload: nothing, hidden by a delete marker, or its last version deleted for good. */
  readonly afterwards?: "hidden" | "deleted";
}

export interface Plan {
  readonly logs: readonly PlannedLog[];
  /** Keys that are no logs by their endings, though their bodies look like some. */
  readonly others: readonly string[];
  /** Keys of logs that were deleted long before their notification comes. */
  readonly late: readonly string[];
}

/** Stands in every body, and must stand in no line of ours. */
export const SECRET = "token=5up3r-53cr3t";

const EMPTY = 0.04;
const PACKED = 0.4;
const OVERWRITTEN = 0.1;
const HIDDEN = 0.03;
const DELETED = 0.04;
const ERROR_LINES = 0.05;
/** Sizes in lines, each as likely as twice as much: from some bytes to some 2 MB. */
const MOST_LINES = 16_384;
const LARGE_LINES = 80_000;
const LARGE_LOGS = 3;
/** Endings that no notification is configured for. */
const OTHER_ENDINGS = [".txt", ".log.bak", ".gz", ".LOG", ".log/", ".csv", ".json", ".log.tmp"];
const ODD_KEYS = [
  "2026/11/a b+c%20.log",
  "2026/11/a  b&c=d?.log",
  "ünïcödé/日志/🪵.log",
  "//double//slashes.log",
  "../up/./and/down.log",
  "quotes'\"and<tags>.log.gz",
  "100%/%2F%zz.log",
  "a+b.log.gz",
  ".log",
  "@v1@v2.log",
];

/** Logs as programs write them: of many sizes, packed or not, some of them overwritten, deleted or damaged. */
export function planLogs(count: number, random: () => number): Plan {
  const poison = poisoned(random);
  const logs = Array.from({ length: count - poison.length }, (_, index): PlannedLog => {
    const packed = random() < PACKED;
    const key = ODD_KEYS[index] ?? `2026/11/${25 + (index % 3)}/app-${index}.log${packed ? ".gz" : ""}`;
    const isPacked = key.endsWith(".gz") || (packed && index < ODD_KEYS.length);
    const size = index < ODD_KEYS.length + LARGE_LOGS && index >= ODD_KEYS.length ? LARGE_LINES : undefined;
    const versions = Array.from({ length: random() < OVERWRITTEN ? 2 : 1 }, () =>
      makeVersion(isPacked, size, random),
    );
    const chance = random();
    if (chance < HIDDEN) return { key, versions, afterwards: "hidden" };
    return chance < HIDDEN + DELETED ? { key, versions, afterwards: "deleted" } : { key, versions };
  });
  return {
    // What is damaged is tried again for three minutes of the cloud's time, so it comes first.
    logs: [...poison, ...logs],
    others: OTHER_ENDINGS.map((ending, index) => `2026/11/other-${index}${ending}`),
    late: [0, 1, 2].map((index) => `2026/10/late-${index}.log`),
  };
}

function makeVersion(packed: boolean, lines: number | undefined, random: () => number): PlannedVersion {
  const count = lines ?? (random() < EMPTY ? 0 : Math.floor(2 ** (random() * Math.log2(MOST_LINES))));
  const { text, errors } = makeText(count, random);
  if (!packed) return { body: text, errors, ...(lines === undefined ? {} : { inParts: true }) };
  // Some are appended to, which makes a gzip file of several members, cut anywhere.
  const cut = random() < 0.3 ? Math.floor(random() * text.length) : text.length;
  const body = Buffer.concat(
    [gzip(text.subarray(0, cut)), cut < text.length ? gzip(text.subarray(cut)) : ""].map((part) =>
      Buffer.from(part),
    ),
  );
  return { body, errors, ...(random() < 0.5 ? { contentEncoding: "gzip" } : {}) };
}

function makeText(lines: number, random: () => number): { readonly text: Buffer; readonly errors: number } {
  let errors = 0;
  const end = random() < 0.3 ? "\r\n" : "\n";
  const list = Array.from({ length: lines }, (_, index) => {
    const isError = random() < ERROR_LINES;
    if (isError) errors += 1;
    const level = isError ? (index % 7 === 0 ? "ERROR ERROR" : "ERROR") : index % 5 === 0 ? "WARN" : "INFO";
    return `2026-11-25T09:${String(index % 60).padStart(2, "0")}:00.000Z ${level} request ${index} served ${SECRET} naïve ✓`;
  });
  // The last line of a log that is still written to has no end.
  return { text: Buffer.from(list.join(end) + (random() < 0.5 && lines > 0 ? end : "")), errors };
}

/** Bodies that are no logs, each in a way of its own. */
function poisoned(random: () => number): readonly PlannedLog[] {
  const { text } = makeText(200, random);
  const whole = gzip(text);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, 60, 90);
  const bodies: readonly (readonly [name: string, body: Buffer])[] = [
    ["truncated", whole.subarray(0, -20)],
    ["damaged", damaged],
    ["plain", text],
    ["followed", Buffer.concat([whole, Buffer.from("and more")])],
    ["magic", whole.subarray(0, 2)],
  ];
  return bodies.map(([name, body]) => ({
    key: `poison/${name} log.log.gz`,
    versions: [{ body, errors: undefined }],
  }));
}

const gzip = (text: Buffer): Buffer => gzipSync(text, { level: 1 });
