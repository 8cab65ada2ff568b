import type { Item } from "../../local/run/tables.ts";
import type { LogLine } from "../../local/run/tally.ts";
import type { Bad } from "./letters.ts";
import type { Put } from "./stream.ts";

/** Usage events, and what must come of them. */
export interface UsagePlan {
  readonly records: readonly Put[];
  /** By `account/day`. */
  readonly days: ReadonlyMap<string, { readonly events: number; readonly units: number }>;
  readonly bad: readonly Bad[];
}

const ACCOUNTS = 40;
const BAD = 12;
const NEW_YEAR_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/** Events of accounts of very different size, on both sides of a midnight, and some that are none. */
export function planUsage(count: number, random: () => number): UsagePlan {
  const days = new Map<string, { events: number; units: number }>();
  const good = Array.from({ length: count - BAD }, (): Put => {
    const account = `account-${Math.floor(random() ** 2 * ACCOUNTS)}`;
    const units = Math.floor(random() * 100);
    const atMs = NEW_YEAR_MS + Math.floor((random() * 2 - 1) * HOUR_MS);
    const key = `${account}/${atMs < NEW_YEAR_MS ? "2025-12-31" : "2026-01-01"}`;
    const day = days.get(key) ?? { events: 0, units: 0 };
    days.set(key, { events: day.events + 1, units: day.units + units });
    return { partitionKey: account, data: JSON.stringify({ account, units, atMs }) };
  });
  const bad = Array.from({ length: BAD }, (_, index) => badUsage(index));
  const every = Math.floor(good.length / BAD);
  const records = good.flatMap((put, index) => {
    const one = index % every === 0 ? bad[index / every] : undefined;
    return one === undefined ? [put] : [{ partitionKey: "account-1", data: one.data }, put];
  });
  return { records, days, bad };
}

function badUsage(index: number): Bad {
  const good = { account: "account-1", units: index, atMs: NEW_YEAR_MS };
  const kinds: readonly Bad[] = [
    { data: `{"account":"account-1","units":${index}`, refusal: "BODY_INVALID" },
    { data: JSON.stringify({ ...good, units: -1 - index }), refusal: "BODY_INVALID" },
    { data: JSON.stringify({ ...good, account: `account-other-${index}` }), refusal: "USAGE_MISPLACED" },
    { data: JSON.stringify({ units: index, atMs: NEW_YEAR_MS }), refusal: "BODY_INVALID" },
  ];
  return kinds[index % kinds.length] as Bad;
}

/** Accounts' days that are not the sum of their events. */
export function wronglyCounted(
  { days }: Pick<UsagePlan, "days">,
  items: ReadonlyMap<string, Item>,
): string[] {
  const missing = [...days.keys()].filter((key) => !items.has(key)).map((key) => `${key} is missing`);
  const wrong = [...items].flatMap(([key, { events, units }]) => {
    const should = days.get(key);
    if (should === undefined) return [`${key} was never used`];
    const isRight = Number(events?.N) === should.events && Number(units?.N) === should.units;
    return isRight
      ? []
      : [`${key}: ${events?.N} events, ${units?.N} units for ${should.events}, ${should.units}`];
  });
  return [...missing, ...wrong];
}

/** What Lambda gives a function at once, when nobody says otherwise. */
const SMALL_BATCH = 100;

/** Fewer than one invocation for five of small batches, or what is wrong. An invocation that came to its end has a line. */
export function tooManyInvocations(logs: readonly LogLine[], functionName: string): string[] {
  const batches = logs
    .filter((line) => line.functionName === functionName)
    .flatMap(({ fields: { records } }) => (typeof records === "number" ? [records] : []));
  const inSmallBatches = Math.ceil(batches.reduce((sum, count) => sum + count, 0) / SMALL_BATCH);
  return batches.length > 0 && batches.length <= 0.2 * inSmallBatches
    ? []
    : [`${batches.length}, and in batches of ${SMALL_BATCH} it were ${inSmallBatches}`];
}
