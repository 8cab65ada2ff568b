/** What an error tells of the answer that it was made from. */
export interface ResponseFacts {
  readonly status: number | undefined;
  /** By its name in lower case. */
  header(name: string): string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Finds status and headers where clients put them: `$response` and `$metadata` (AWS SDK v3), `response` (axios, got, ky, an error of one's own round a
 * fetch Response), `statusCode` and `headers` (undici), `status`.
 */
export function responseOf(error: unknown): ResponseFacts {
  const own = fieldsOf(error);
  const response = fieldsOf(own?.["$response"]) ?? fieldsOf(own?.["response"]) ?? own;
  const status =
    statusIn(response) ?? statusIn(own) ?? numberOf(fieldsOf(own?.["$metadata"])?.["httpStatusCode"]);
  const headers = response?.["headers"] ?? own?.["headers"];
  return { status, header: (name) => headerIn(headers, name) };
}

function statusIn(fields: Fields | undefined): number | undefined {
  return numberOf(fields?.["statusCode"]) ?? numberOf(fields?.["status"]);
}

function headerIn(headers: unknown, name: string): string | undefined {
  const fields = fieldsOf(headers);
  if (fields === undefined) return undefined;
  if (typeof fields["get"] === "function") return textOf(fields["get"](name));
  // undici's raw form: name, value, name, value.
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(fields);
  const found = pairs.find(([key]) => key.toLowerCase() === name)?.[1];
  return textOf(Array.isArray(found) ? found[0] : found);
}

function pairsOf(flat: readonly unknown[]): [string, unknown][] {
  return flat.flatMap((key, index) => (index % 2 === 0 ? [[String(key), flat[index + 1]]] : []));
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
