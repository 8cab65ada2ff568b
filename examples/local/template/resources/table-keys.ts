import type { Table } from "../stack.ts";
import type { ResourceContext } from "./kind.ts";

/** DynamoDB wants each key attribute defined, and nothing defined that is no key. */
export function checkTableKeys(
  table: Table,
  indexes: readonly { readonly IndexName: string; readonly KeySchema: Table["keySchema"] }[],
  context: ResourceContext,
): void {
  const { problems } = context;
  for (const schema of [table.keySchema, ...indexes.map(({ KeySchema }) => KeySchema)]) {
    if (schema[0]?.KeyType === "HASH" && schema[1]?.KeyType !== "HASH") continue;
    problems.report(
      context.at("KeySchema"),
      "a key is one HASH attribute, then at most one RANGE; correct the order",
    );
  }
  const defined = new Set(table.attributeDefinitions.map(({ AttributeName }) => AttributeName));
  const keys = [table.keySchema, ...indexes.map(({ KeySchema }) => KeySchema)].flat();
  const used = new Set(keys.map(({ AttributeName }) => AttributeName));
  for (const name of used) {
    if (defined.has(name)) continue;
    problems.report(
      context.at("KeySchema"),
      `the key attribute ${name} is not in AttributeDefinitions; define it`,
    );
  }
  for (const [position, { AttributeName }] of table.attributeDefinitions.entries()) {
    if (used.has(AttributeName)) continue;
    problems.report(
      context.at("AttributeDefinitions", position),
      `${AttributeName} is defined but is no key of the table or an index; take it out`,
    );
  }
  const names = indexes.map(({ IndexName }) => IndexName);
  if (new Set(names).size < names.length) {
    problems.report(context.at("GlobalSecondaryIndexes"), "two indexes have the same name; rename one");
  }
}
