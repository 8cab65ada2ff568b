import type { EventParties, PartiesByEvent } from "../../events/catalogue/catalogued-event.ts";
import { isObject } from "../../events/compatibility/schema/json-value.ts";
import { UsageError } from "../io.ts";
import type { UserEvents } from "../user-events.ts";

/** Who publishes and who takes what, as modules export it, catalogues hold it, and the file says. */
export function partiesOf(
  read: readonly (UserEvents & { readonly file: string })[],
  option: string | undefined,
  cwd: string,
): PartiesByEvent {
  const said = read.flatMap(({ file, exported }) => {
    const { eventParties } = exported;
    return eventParties === undefined ? [] : [checked(`\`eventParties\` of ${file}`, eventParties)];
  });
  const written = read.flatMap(({ exported }) => recorded(exported["events"]));
  const all = [...written, ...said, ...(option === undefined ? [] : [fromFile(option, cwd)])];
  const merged = new Map<string, EventParties>();
  for (const [name, parties] of all.flatMap((one) => Object.entries(one))) {
    const before = merged.get(name);
    merged.set(name, {
      producers: [...(before?.producers ?? []), ...(parties.producers ?? [])],
      consumers: [...(before?.consumers ?? []), ...(parties.consumers ?? [])],
    });
  }
  return Object.fromEntries(merged);
}

/** Of a catalogue that was written before. */
function recorded(events: unknown): readonly PartiesByEvent[] {
  if (!Array.isArray(events)) return [];
  return events.flatMap((event) => {
    if (!isObject(event) || !isParties(event)) return [];
    const { source, type, version, producers, consumers } = event;
    return [{ [`${source} ${type} ${version}`]: { producers, consumers } }];
  });
}

function fromFile(file: string, cwd: string): PartiesByEvent {
  const { resolve } = process.getBuiltinModule("node:path");
  let value: unknown;
  try {
    value = JSON.parse(process.getBuiltinModule("node:fs").readFileSync(resolve(cwd, file), "utf8"));
  } catch (error) {
    throw new UsageError(
      `--parties: ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  return checked(`--parties: ${file}`, value);
}

function checked(where: string, value: unknown): PartiesByEvent {
  if (isObject(value) && Object.values(value).every((one) => isObject(one) && isParties(one))) {
    return value as PartiesByEvent;
  }
  throw new UsageError(
    `${where} must say {"<source> <type>": {"producers": ["…"], "consumers": ["…"]}}: lists of names.`,
  );
}

function isParties(
  value: Readonly<Record<string, unknown>>,
): value is EventParties & Record<string, unknown> {
  return [value["producers"], value["consumers"]].every(
    (list) => list === undefined || (Array.isArray(list) && list.every((name) => typeof name === "string")),
  );
}
