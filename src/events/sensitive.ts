import { pointer } from "./check-result.ts";
import { isObject, subschemasOf } from "./subschemas.ts";

/** `"x-sensitive": true` in a schema: problems say of that part of a value that it is refused, by which rule, and no more. */
export const SENSITIVE = "x-sensitive";

/**
 * What may be told of a path: the part of it that leads to what the schema marks as sensitive; undefined when it leads
 * elsewhere.
 *
 * Every schema that may speak of a place is asked, whether it was applied or not: what one alternative of an anyOf
 * marks is sensitive.
 */
export function sensitiveParts(schema: unknown): (path: string) => string | undefined {
  let hasMarks: boolean | undefined;
  return (path) => {
    hasMarks ??= JSON.stringify(schema).includes(`"${SENSITIVE}":true`);
    return hasMarks ? partOf(schema, path) : undefined;
  };
}

function partOf(schema: unknown, path: string): string | undefined {
  let told = "";
  let here = withReferences(schema, [schema]);
  for (const step of path.split("/").slice(1)) {
    if (here.some(isMarked)) return told;
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    told = pointer(told, name);
    const next = here.flatMap((one) =>
      subschemasOf(one).flatMap(({ step: to, schema: inner }) =>
        to === "any" || (typeof to === "object" && to.member === name) ? [inner] : [],
      ),
    );
    here = withReferences(schema, next);
  }
  return here.some(isMarked) ? told : undefined;
}

function isMarked(schema: unknown): boolean {
  return isObject(schema) && schema[SENSITIVE] === true;
}

/** Schemas with all those of the same value that they lead to. */
function withReferences(root: unknown, schemas: readonly unknown[]): readonly unknown[] {
  const all = new Set(schemas);
  for (const one of all) {
    if (!isObject(one)) continue;
    for (const { step, schema } of subschemasOf(one)) if (step === "here") all.add(schema);
    for (const keyword of ["$ref", "$dynamicRef", "$recursiveRef"]) {
      if (typeof one[keyword] === "string")
        for (const target of targetsOf(root, one[keyword])) all.add(target);
    }
  }
  return [...all];
}

/** Where a reference may lead: a pointer to one place; for anything else, every schema that could be meant. */
function targetsOf(root: unknown, reference: string): readonly unknown[] {
  const fragment = reference.slice(reference.indexOf("#") + 1);
  if (reference.startsWith("#/")) return [root, ...everySchema(root)].flatMap((one) => at(one, fragment));
  return [root, ...everySchema(root)].filter(
    (one) => one === root || (isObject(one) && ("$id" in one || "$anchor" in one || "$dynamicAnchor" in one)),
  );
}

function everySchema(schema: unknown): readonly unknown[] {
  return subschemasOf(schema).flatMap(({ schema: inner }) => [inner, ...everySchema(inner)]);
}

function at(schema: unknown, fragment: string): readonly unknown[] {
  let found = schema;
  for (const step of decoded(fragment).split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isObject(found) || !Object.hasOwn(found, name)) return [];
    found = found[name];
  }
  return [found];
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
