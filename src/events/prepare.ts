import type { PutEventsEntry } from "../batching/targets/eventbridge.ts";
import type { HoldfastError } from "../core/errors.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import { type Problem, problem } from "./check-result.ts";
import type { OutgoingEvent, OutgoingMeta } from "./definition.ts";
import { EventInvalidError } from "./errors.ts";
import { idProblem, META, type Meta } from "./meta.ts";

/** An event as it will be sent, or why it will not be. */
export type PreparedEvent =
  | { readonly ok: true; readonly id: string; readonly entry: PutEventsEntry }
  | { readonly ok: false; readonly id?: string; readonly error: HoldfastError };

/** An outgoing event whose detail and meta hold, or why they do not. */
export type CheckedEvent =
  | { readonly ok: true; readonly id: string; readonly meta: Meta; readonly value: unknown }
  | { readonly ok: false; readonly id?: string; readonly error: HoldfastError };

/** Checks an event and writes it down, once: what is sent again is the same bytes, with the same id and time. */
export async function prepare(
  event: OutgoingEvent,
  busName: string,
  runtime: Runtime,
): Promise<PreparedEvent> {
  const checked = await checkOutgoing(event, runtime);
  if (!checked.ok) return checked;
  const { id, meta, value } = checked;
  return { ok: true, id, entry: entryOf(event, busName, value, meta, runtime) };
}

/** What is published and what is stored is checked alike. */
export async function checkOutgoing(event: OutgoingEvent, runtime: Runtime): Promise<CheckedEvent> {
  if (typeof event?.definition?.check !== "function" || event.meta === undefined) {
    const made = [problem("", "type", "must be made by definition.of(detail)")];
    return { ok: false, error: new EventInvalidError("A published value", made) };
  }
  const { definition } = event;
  const id = event.meta.id ?? runtime.newId();
  const meta: Meta = {
    id,
    correlationId: event.meta.correlationId ?? id,
    ...(event.meta.causationId === undefined ? {} : { causationId: event.meta.causationId }),
    version: definition.version,
  };
  const wrong = outgoingProblems(meta, event.meta);
  const checked =
    wrong.length > 0 ? { ok: false as const, problems: wrong } : await definition.check(event.detail);
  if (!checked.ok) {
    const error = new EventInvalidError(`${definition.source} ${definition.type}`, checked.problems);
    return typeof id === "string" ? { ok: false, id, error } : { ok: false, error };
  }
  return { ok: true, id, meta, value: checked.value };
}

function entryOf(
  event: OutgoingEvent,
  busName: string,
  value: unknown,
  meta: Meta,
  runtime: Runtime,
): PutEventsEntry {
  const { resources, time } = event.meta;
  return {
    EventBusName: busName,
    Source: event.definition.source,
    DetailType: event.definition.type,
    // A checked detail is an object; spreading keeps a member named __proto__ as the data that it is.
    Detail: JSON.stringify({ ...(value as object), [META]: meta }),
    Time: time ?? new Date(runtime.now()),
    ...(resources === undefined ? {} : { Resources: resources }),
  };
}

function outgoingProblems(meta: Meta, given: OutgoingMeta): readonly Problem[] {
  const found = [idProblem("id", meta.id)];
  if (given.correlationId !== undefined) found.push(idProblem("correlationId", given.correlationId));
  if (given.causationId !== undefined) found.push(idProblem("causationId", given.causationId));
  if (given.time !== undefined && !isDate(given.time)) {
    found.push(problem("", "time", "must have a valid Date as its time"));
  }
  if (given.resources !== undefined && !isListOfStrings(given.resources)) {
    found.push(problem("", "resources", "must have a list of strings as its resources"));
  }
  return found.filter((one) => one !== undefined);
}

function isDate(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Date]" && !Number.isNaN(Number(value));
}

function isListOfStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
