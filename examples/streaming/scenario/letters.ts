import type { QueuedMessage } from "../../local/sqs/service.ts";

/** What must never be worked on: the record as it was sent, and the ReasonCode that its letter must have. */
export interface Bad {
  readonly data: string;
  readonly refusal: string;
}

/** Bad records without a letter that says why; letters with another reason, or of what is good. */
export function wronglySetAside(
  bad: readonly Bad[],
  letters: readonly QueuedMessage[],
  encoding: "base64" | "utf8",
): string[] {
  const refusals = new Map(bad.map(({ data, refusal }) => [data, refusal]));
  const told = letters.map(({ body, attributes }) => ({
    data: Buffer.from(body, encoding).toString(),
    code: attributes["ReasonCode"],
  }));
  const seen = new Set(told.map(({ data }) => data));
  return [
    ...[...refusals]
      .filter(([data]) => !seen.has(data))
      .map(([data, code]) => `no letter (${code}) of ${short(data)}`),
    ...told
      .filter(({ data, code }) => refusals.get(data) !== code)
      .map(({ data, code }) => `${code ?? "no reason"}: ${short(data)}`),
  ];
}

const short = (data: string): string => data.slice(0, 60);
