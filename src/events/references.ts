import { InvalidOptionError } from "../core/errors.ts";
import { isObject, subschemasOf } from "./subschemas.ts";

/** Where a schema without an `$id` is, for references that are relative. */
const BASE = "schema:/";

/** The drafts describe themselves; ajv has these documents. */
const DRAFTS = /^https?:\/\/json-schema\.org\/draft(-07|\/2019-09|\/2020-12)\//;

interface Reference {
  readonly path: string;
  readonly written: string;
  readonly document: string;
}

/**
 * Refuses a reference to another document: nothing is ever fetched.
 *
 * What it cannot read as a URL is left to ajv, which fetches nothing either.
 */
export function checkReferences(where: string, schema: unknown): void {
  const documents = new Set([BASE]);
  const references: Reference[] = [];
  collect(schema, "", BASE, documents, references);
  const lost = references.find(({ document }) => !documents.has(document) && !DRAFTS.test(document));
  if (lost === undefined) return;
  throw new InvalidOptionError(
    where,
    `schema${lost.path} refers to ${lost.written.slice(0, 200)}, another document, and none is ever fetched: ` +
      "put it under $defs, with its $id",
  );
}

function collect(
  schema: unknown,
  path: string,
  base: string,
  documents: Set<string>,
  references: Reference[],
): void {
  if (!isObject(schema)) return;
  const own = typeof schema["$id"] === "string" ? documentOf(schema["$id"], base) : base;
  if (own === undefined) return;
  documents.add(own);
  for (const keyword of ["$ref", "$dynamicRef", "$recursiveRef"]) {
    const written = schema[keyword];
    if (typeof written !== "string") continue;
    const document = documentOf(written, own);
    if (document !== undefined) references.push({ path: `${path}/${keyword}`, written, document });
  }
  for (const inner of subschemasOf(schema)) {
    collect(inner.schema, path + inner.path, own, documents, references);
  }
}

/** The URL without its fragment; undefined for what is none. */
function documentOf(reference: string, base: string): string | undefined {
  if (reference.startsWith("#")) return base;
  try {
    const url = new URL(reference, base);
    url.hash = "";
    return url.href;
  } catch {
    return undefined;
  }
}
