/** The names that JSON Schema gives to types. */
export type JsonTypeName = "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";

/**
 * A JSON Schema (draft-07, 2019-09 or 2020-12), as written in a program.
 *
 * Only the keywords that types are inferred from are spelt out; ajv, in strict mode, refuses any that do not exist.
 */
export type JsonSchema = boolean | JsonSchemaObject;

export interface JsonSchemaObject {
  /** The draft. Default: 2020-12. */
  readonly $schema?: string;
  readonly $ref?: string;
  readonly type?: JsonTypeName | readonly JsonTypeName[];
  readonly nullable?: boolean;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly [keyword: string]: unknown;
}
