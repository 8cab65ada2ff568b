import type { EventDefinition } from "../definition.ts";

/** An event as it lies in its stream. */
export interface StoredEvent<T = unknown> {
  readonly stream: string;
  /** Its place in the stream: 1 for the first, without gaps. */
  readonly version: number;
  /** The same wherever the event goes: consumers deduplicate by it. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Of its definition. */
  readonly schemaVersion: number;
  /** When it happened, ISO 8601 in UTC. */
  readonly time: string;
  /** When it was appended, by its writer's clock: a later version may have an earlier one. ISO 8601 in UTC. */
  readonly recordedAt: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly resources?: readonly string[];
  /** The version of the last event that was appended together with it. */
  readonly appendedTo: number;
  readonly detail: T;
}

/**
 * Whether a stored event is of this definition, source, type and version: its detail then has the definition's type.
 *
 * @example
 * ```ts
 * const total = (sum: number, event: StoredEvent) => (isEvent(orderPlaced, event) ? sum + event.detail.total : sum);
 * ```
 */
export function isEvent<T>(definition: EventDefinition<T>, event: StoredEvent): event is StoredEvent<T> {
  const { source, type, version } = definition;
  return event.source === source && event.type === type && event.schemaVersion === version;
}
