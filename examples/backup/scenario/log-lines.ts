import type { Tally } from "../../local/run/tally.ts";
import type { QueuedMessage } from "../../local/sqs/service.ts";
import { type PlannedMessage, SECRET, SECRET_BASE64 } from "./chunks.ts";

/** Chunks without the line that says what became of them. */
export function wronglyLogged({ logs }: Tally, messages: readonly PlannedMessage[]): string[] {
  const said = new Set(logs.map(({ fields }) => `${fields["correlation_id"]} ${fields["outcome"]}`));
  return messages.flatMap(({ chunk }) =>
    chunk === undefined || said.has(`${chunk.chunk_id} ok`) ? [] : [`${chunk.chunk_id} has none`],
  );
}

/** Lines and reasons that show what is in a chunk. */
export function leaks({ logs, otherLines }: Tally, letters: readonly QueuedMessage[]): string[] {
  const texts = [
    ...logs.map(({ fields }) => JSON.stringify(fields)),
    ...otherLines,
    ...letters.map(({ attributes }) => JSON.stringify(attributes)),
  ];
  return texts
    .filter((text) => text.includes(SECRET.trim()) || text.includes(SECRET_BASE64))
    .map((text) => text.slice(0, 80));
}
