import { type AttributeValue, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Stack } from "../template/stack.ts";

export type Item = Readonly<Record<string, AttributeValue>>;

/** Everything in a table of the stack, by the value of its key. */
export async function tableByKey(
  client: DynamoDBClient,
  stack: Stack,
  logicalId: string,
): Promise<ReadonlyMap<string, Item>> {
  const table = stack.tables.find((candidate) => candidate.logicalId === logicalId);
  const key = table?.keySchema[0]?.AttributeName;
  if (table === undefined || key === undefined) throw new Error(`${stack.file} has no table ${logicalId}`);
  const items = new Map<string, Item>();
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table.name, ConsistentRead: true, ExclusiveStartKey: from }),
    );
    for (const item of page.Items ?? []) items.set(item[key]?.S ?? "", item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
