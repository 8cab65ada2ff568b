import type { SqsRecord } from "./sqs-event.ts";

type Pattern = Readonly<Record<string, unknown>>;

/**
 * Filter criteria of an SQS mapping (AWS page 'Using event filtering with an Amazon SQS event source'). A
 * message is taken when any pattern matches, or when there is none; Lambda deletes the others.
 *
 * A `body` pattern that is an object filters JSON bodies and drops plain text; one that is a list filters plain
 * text and drops JSON objects.
 */
export function sqsFilter(
  patterns: readonly Pattern[],
  compile: (pattern: Pattern) => (event: unknown) => boolean,
): (record: SqsRecord) => boolean {
  if (patterns.length === 0) return () => true;
  const matchers = patterns.map((pattern) => {
    const matches = compile(pattern);
    const { body } = pattern;
    return (record: SqsRecord): boolean => {
      if (body === undefined) return matches(record);
      const json = jsonObject(record.body);
      if (Array.isArray(body)) return json === undefined && matches(record);
      return json !== undefined && matches({ ...record, body: json });
    };
  });
  return (record) => matchers.some((matches) => matches(record));
}

function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
