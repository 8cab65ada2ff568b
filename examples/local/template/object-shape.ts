/** Readers for maps with known keys: a resource's properties and what is nested in them. */
import { type Read, refuse, type Shape } from "./shapes.ts";

type Field<T, Kind extends "required" | "optional" | "deploy-only"> = {
  readonly shape: Shape<T>;
  readonly kind: Kind;
  readonly required: boolean;
};

export const required = <T>(shape: Shape<T>): Field<T, "required"> => ({
  shape,
  kind: "required",
  required: true,
});

export const optional = <T>(shape: Shape<T>): Field<T, "optional"> => ({
  shape,
  kind: "optional",
  required: false,
});

/** Checked, and then left out: AWS acts on it and there is nothing of it to run here. */
export const deployOnly = <T>(
  shape: Shape<T>,
  options: { readonly required?: boolean } = {},
): Field<T, "deploy-only"> => ({ shape, kind: "deploy-only", required: options.required ?? false });

type AnyField = Field<unknown, "required" | "optional" | "deploy-only">;

type ReadFields<F extends Readonly<Record<string, AnyField>>> = {
  readonly [K in keyof F as F[K]["kind"] extends "deploy-only" ? never : K]: F[K]["kind"] extends "required"
    ? Read<F[K]["shape"]>
    : Read<F[K]["shape"]> | undefined;
};

/** A property that is not in the table is a problem, never ignored. */
export function object<F extends Readonly<Record<string, AnyField>>>(
  fields: F,
  options: { readonly name?: string } = {},
): Shape<ReadFields<F>> {
  const known = Object.keys(fields).sort().join(", ");
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      if (node.kind !== "map") return refuse(node, problems, `expected a map with ${known}`);
      let complete = true;
      for (const [key, value] of node.entries) {
        if (Object.hasOwn(fields, key)) continue;
        complete = false;
        const owner = options.name === undefined ? "here" : `of ${options.name}`;
        problems.report(
          value.place,
          `${key} is no property ${owner} that this cloud serves; known are ${known}`,
        );
      }
      const result: Record<string, unknown> = {};
      for (const [key, field] of Object.entries(fields)) {
        const value = node.entries.get(key);
        if (value === undefined) {
          if (!field.required) continue;
          complete = false;
          problems.report(node.place, `${key} is missing; add it`);
          continue;
        }
        const read = field.shape.read(value, problems);
        if (read === undefined && field.required) complete = false;
        if (field.kind !== "deploy-only") result[key] = read;
      }
      // The loop above filled every field of the table, which the type states.
      return complete ? (result as ReadFields<F>) : undefined;
    },
  };
}
