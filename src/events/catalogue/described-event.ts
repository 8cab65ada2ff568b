/** An event as a catalogue holds it: what a definition says, as plain data. */
export interface DescribedEvent {
  readonly source: string;
  readonly type: string;
  readonly version: number;
  /** Its JSON Schema; undefined where the definition has a schema of another kind, which cannot be written as one. */
  readonly schema: unknown;
}

/** "order.service OrderPlaced 1": what publishers and consumers know it by. */
export function nameOf({ source, type, version }: DescribedEvent): string {
  return `${source} ${type} ${version}`;
}

/** An event definition, whoever made it: two copies of this package may be loaded. */
export function isDefinition(value: unknown): value is DescribedEvent & { readonly check: unknown } {
  return isDescribed(value) && typeof (value as { readonly check?: unknown }).check === "function";
}

/** What a catalogue holds of an event, as far as this is it. */
export function isDescribed(value: unknown): value is DescribedEvent {
  if (typeof value !== "object" || value === null) return false;
  const { source, type, version } = value as Partial<Record<keyof DescribedEvent, unknown>>;
  return (
    typeof source === "string" &&
    typeof type === "string" &&
    Number.isSafeInteger(version) &&
    "schema" in value
  );
}

/**
 * The JSON Schema of a definition: its own, or that of a Standard Schema that can be written as one (Standard JSON Schema, of
 * Zod 4.2 or ArkType, say).
 */
export function jsonSchemaOf(schema: unknown): unknown {
  const standard = Object(schema)["~standard"] as unknown;
  if (typeof standard !== "object" || standard === null) return schema;
  const { jsonSchema } = standard as { readonly jsonSchema?: { readonly input?: unknown } };
  if (typeof jsonSchema?.input !== "function") return undefined;
  try {
    return jsonSchema.input({ target: "draft-2020-12" });
  } catch {
    // It has something that JSON Schema has no word for.
    return undefined;
  }
}
