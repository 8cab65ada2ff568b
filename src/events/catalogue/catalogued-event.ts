import { exampleOf } from "../compatibility/samples/example.ts";
import { type DescribedEvent, nameOf } from "./described-event.ts";

/** Who publishes an event and who takes it, by the names that people know them by. */
export interface EventParties {
  readonly producers?: readonly string[] | undefined;
  readonly consumers?: readonly string[] | undefined;
}

/** Parties by event: "order.service OrderPlaced" for all its versions, "order.service OrderPlaced 2" for one. */
export type PartiesByEvent = Readonly<Record<string, EventParties>>;

/** An event as a reader of the catalogue sees it. */
export interface CataloguedEvent extends DescribedEvent {
  /** A valid event's detail; undefined where none is known. */
  readonly example: unknown;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
}

/** An event with its example and its parties; without producers its source is one. */
export function catalogued(event: DescribedEvent, parties: PartiesByEvent): CataloguedEvent {
  const own = keysOf(event).flatMap((key) => (Object.hasOwn(parties, key) ? [parties[key]] : []));
  const all = (which: keyof EventParties): readonly string[] => [
    ...new Set(own.flatMap((one) => one?.[which] ?? [])),
  ];
  const producers = all("producers");
  return {
    ...event,
    example: event.schema === undefined ? undefined : exampleOf(event.schema),
    producers: producers.length === 0 ? [event.source] : producers,
    consumers: all("consumers"),
  };
}

/** Names among the parties that are no event's: a typing error, or an event that is gone. */
export function strangers(events: readonly DescribedEvent[], parties: PartiesByEvent): readonly string[] {
  const known = new Set(events.flatMap(keysOf));
  return Object.keys(parties).filter((key) => !known.has(key));
}

function keysOf(event: DescribedEvent): readonly string[] {
  return [`${event.source} ${event.type}`, nameOf(event)];
}
