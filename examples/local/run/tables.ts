import { type AttributeValue, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Stack } from "../template/stack.ts";

export type Item = Readonly<Record<string, AttributeValue>>;

/** Everything in a table of the stack, by its key: `hash`, or `hash/range`. */
export async function tableByKey(
  client: DynamoDBClient,
  stack: Stack,
  logicalId: string,
): Promise<ReadonlyMap<string, Item>> {
  const table = stack.tables.find((candidate) => candidate.logicalId === logicalId);
  if (table === undefined) throw new Error(`${stack.file} has no table ${logicalId}`);
  const keyOf = (item: Item): string =>
    table.keySchema.map(({ AttributeName }) => item[AttributeName]?.S ?? "").join("/");
  const items = new Map<string, Item>();
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table.name, ConsistentRead: true, ExclusiveStartKey: from }),
    );
    for (const item of page.Items ?? []) items.set(keyOf(item), item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
