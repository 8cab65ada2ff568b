import type { JsonTypeName } from "./json-schema.ts";

/**
 * The type of the JSON that a schema accepts, as near as TypeScript can say it.
 *
 * Covers type (also several), properties, required, additionalProperties, items, enum, const, nullable, allOf
 * (an intersection), anyOf and oneOf (a union). `$ref` and tuples are `unknown`; what narrows values rather than types
 * (patterns, ranges, `not`, `if`) is left to the check.
 *
 * @example
 * ```ts
 * type Order = InferSchema<{ type: "object"; properties: { id: { type: "string" } }; required: ["id"] }>; // { id: string }
 * ```
 */
export type InferSchema<S> = S extends false
  ? never
  : S extends { readonly $ref: string }
    ? unknown
    : Simple<Own<S> & All<S> & OneOf<S, "anyOf"> & OneOf<S, "oneOf">>;

/** Flattens an intersection of objects, for readable types; leaves everything else alone. */
type Simple<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | readonly unknown[]
    ? T
    : { [K in keyof T]: T[K] };

/** What the schema says by itself, without the schemas it combines. */
type Own<S> = S extends { readonly const: infer C }
  ? Writable<C>
  : S extends { readonly enum: readonly (infer E)[] }
    ? Writable<E>
    : S extends { readonly type: infer T }
      ? OfType<S, T extends readonly (infer Each)[] ? Each : T> | Nullable<S>
      : S extends { readonly properties: unknown } | { readonly required: unknown }
        ? OfObject<S>
        : unknown;

type Nullable<S> = S extends { readonly nullable: true } ? null : never;

type OfType<S, T> = T extends "string"
  ? string
  : T extends "number" | "integer"
    ? number
    : T extends "boolean"
      ? boolean
      : T extends "null"
        ? null
        : T extends "array"
          ? OfArray<S>
          : T extends "object"
            ? OfObject<S>
            : T extends JsonTypeName
              ? never
              : unknown;

type OfArray<S> = S extends { readonly items: infer Items }
  ? Items extends readonly unknown[]
    ? unknown[]
    : InferSchema<Items>[]
  : unknown[];

type OfObject<S> = Simple<Required<S> & Optional<S> & Additional<S>>;

type Properties<S> = S extends { readonly properties: infer P } ? P : object;

type RequiredNames<S> = S extends { readonly required: readonly (infer Name extends string)[] }
  ? Name
  : never;

type Required<S> = {
  -readonly [K in RequiredNames<S>]: K extends keyof Properties<S> ? InferSchema<Properties<S>[K]> : unknown;
};

type Optional<S> = {
  -readonly [K in Exclude<keyof Properties<S>, RequiredNames<S>>]?: InferSchema<Properties<S>[K]>;
};

/** An open object has an index signature only where the schema says so: else every typo would compile. */
type Additional<S> = S extends { readonly additionalProperties: infer A }
  ? A extends false
    ? unknown
    : S extends { readonly properties: infer P }
      ? { [name: string]: InferSchema<A> | { [K in keyof P]: InferSchema<P[K]> }[keyof P] | undefined }
      : { [name: string]: InferSchema<A> }
  : unknown;

type OneOf<S, Keyword extends "anyOf" | "oneOf"> =
  S extends Readonly<Record<Keyword, readonly (infer Each)[]>>
    ? Each extends unknown
      ? InferSchema<Each>
      : never
    : unknown;

type All<S> = S extends { readonly allOf: infer Each } ? Intersection<Each> : unknown;

type Intersection<Each> = Each extends readonly [infer First, ...infer Rest]
  ? InferSchema<First> & Intersection<Rest>
  : unknown;

type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;
