import type { StreamRecord } from "./source.ts";

type Pattern = Readonly<Record<string, unknown>>;

/**
 * Filter criteria of a stream's mapping (AWS pages 'Using event filtering with a Kinesis event source' and '… with
 * a DynamoDB event source'). A record is taken when any pattern matches, or when there is none; others are passed
 * over.
 */
export function streamFilter(
  patterns: readonly Pattern[],
  compile: (pattern: Pattern) => (event: unknown) => boolean,
): (record: StreamRecord) => boolean {
  if (patterns.length === 0) return () => true;
  const matchers = patterns.map(compile);
  return ({ filterable }) => matchers.some((matches) => matches(filterable));
}
