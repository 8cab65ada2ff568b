/** An event as rules see it (AWS page 'Amazon EventBridge events'). */
export interface EventEnvelope {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 in whole seconds: `2026-11-22T18:43:48Z`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The event's JSON, with the detail in the words in which it was sent: large numbers keep their digits. */
export function eventJson(event: EventEnvelope, detailJson: string): string {
  const { detail: _, ...rest } = event;
  return `${JSON.stringify(rest).slice(0, -1)},"detail":${detailJson.trim()}}`;
}

/** EventBridge's form of a time: whole seconds, rounded down. */
export function isoSeconds(epochMs: number): string {
  return `${new Date(Math.floor(epochMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
