import type { DynamoDBItem } from "../../../../aws/dynamodb-item.ts";
import type { AwsTransport } from "../../../../aws/transport.ts";
import { checkName, checkTransport } from "../../../../batching/targets/checks.ts";
import { type Call, runtimeOf } from "../../../../core/call.ts";
import { checkRequiredOptions } from "../../../../core/options.ts";
import { isoTime } from "../../../../core/runtime/runtime.ts";
import type { Advanced, Checkpoints } from "../../checkpoints.ts";
import { ProjectionItemRefusedError } from "../../errors.ts";
import {
  type CancellationReason,
  cancellationReasons,
  isConflict,
  isRefused,
  onlyConflicts,
} from "./cancellation.ts";
import { transact } from "./transact.ts";

/**
 * Keeps checkpoints in a DynamoDB table, an item for each follower and stream.
 *
 * The same transport and account as the read models': a projection writes both in one transaction.
 *
 * @example
 * ```ts
 * const checkpoints = dynamoDBCheckpoints({ transport: dynamoDBTransport(new DynamoDBClient({})), tableName: "Checkpoints" });
 * ```
 */
export function dynamoDBCheckpoints(options: {
  /** `dynamoDBTransport(new DynamoDBClient({}))` of `holdfast/aws/dynamodb`. */
  readonly transport: AwsTransport;
  /** A table with the partition key `id`, a string. Followers may share it; it has no TTL. */
  readonly tableName: string;
}): Checkpoints {
  checkRequiredOptions("dynamoDBCheckpoints", options, ["transport", "tableName"]);
  const { transport, tableName } = options;
  checkTransport("dynamoDBCheckpoints", transport, "dynamoDBTransport(client) of holdfast/aws/dynamodb");
  checkName("dynamoDBCheckpoints", "tableName", tableName);

  function update(follower: string, stream: string, to: number, call: Call) {
    const isFirst = to === 1;
    return {
      TableName: tableName,
      Key: keyOf(follower, stream),
      UpdateExpression: "SET #version = :to, #at = :at",
      ConditionExpression: isFirst ? "attribute_not_exists(#version)" : "#version = :from",
      ExpressionAttributeNames: { "#version": "version", "#at": "at" },
      ExpressionAttributeValues: {
        ":to": { N: String(to) },
        ":at": { S: isoTime(runtimeOf(call).now()) },
        ...(isFirst ? {} : { ":from": { N: String(to - 1) } }),
      },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
  }

  async function alone(input: object, call: Call): Promise<Advanced> {
    try {
      await transport.call("UpdateItem", input, call);
      return { isAdvanced: true };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
      return { isAdvanced: false, at: versionIn((error as { readonly Item?: DynamoDBItem }).Item) };
    }
  }

  async function together(Update: object, items: readonly object[], call: Call): Promise<Advanced> {
    const own = (reasons: readonly CancellationReason[]) => reasons[items.length];
    try {
      // A busy checkpoint did not get to say whether an earlier send of this was applied, which the items' conditions then see.
      const mayGoAgain = (reasons: readonly CancellationReason[]): boolean =>
        onlyConflicts(reasons) || isConflict(own(reasons));
      await transact(transport, [...items, { Update }], call, mayGoAgain);
      return { isAdvanced: true };
    } catch (error) {
      const reasons = cancellationReasons(error) ?? [];
      if (isRefused(own(reasons))) return { isAdvanced: false, at: versionIn(own(reasons)?.Item) };
      const refused = items.flatMap((_, index) => (isRefused(reasons[index]) ? [index] : []));
      throw refused.length > 0 && !isConflict(own(reasons))
        ? new ProjectionItemRefusedError(refused, error)
        : error;
    }
  }

  return {
    async read(follower, stream, call) {
      const input = { TableName: tableName, Key: keyOf(follower, stream), ConsistentRead: true };
      return versionIn((await transport.call("GetItem", input, call))["Item"] as DynamoDBItem | undefined);
    },
    advance(follower, stream, to, items, call) {
      const input = update(follower, stream, to, call);
      return items.length === 0 ? alone(input, call) : together(input, items, call);
    },
  };
}

function keyOf(follower: string, stream: string): DynamoDBItem {
  return { id: { S: `${follower}#${stream}` } };
}

function versionIn(item: DynamoDBItem | undefined): number {
  return Number(item?.["version"]?.N ?? 0);
}
